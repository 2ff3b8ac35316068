import { CircuitbookError } from "../base/errors.ts";
import { firstNotFinite, Tensor } from "../base/tensor.ts";

/** Activations of all layers `[layer, example, d_model]`, or by layer number, each `[example, d_model]`. */
export type Activations = Tensor | Readonly<Record<number, Tensor>>;

/** The activations of one layer, row after row. */
export interface LayerActivations {
  layer: number;
  values: Float32Array;
  exampleCount: number;
  width: number;
  /** The name of the feature axis, as a rule `d_model`. */
  feature: string;
}

/**
 * The activations layer by layer.
 *
 * @throws CircuitbookError when the axes do not fit, layers differ in shape, or a value is not finite (naming layer and example).
 */
export function layersOf(activations: Activations): LayerActivations[] {
  const layers = activations instanceof Tensor ? stacked(activations) : byNumber(activations);
  const [first] = layers;
  if (!first || !first.exampleCount || !first.width) {
    throw new CircuitbookError(
      "Expected activations of at least one layer and one example but found none.",
    );
  }
  for (const layer of layers) {
    if (layer.exampleCount !== first.exampleCount || layer.width !== first.width) {
      throw new CircuitbookError(
        `Expected layers of one shape but found [${first.exampleCount}, ${first.width}] at layer ${first.layer} and ` +
          `[${layer.exampleCount}, ${layer.width}] at layer ${layer.layer}.`,
      );
    }
    checkFinite(layer);
  }
  return layers;
}

function stacked(tensor: Tensor): LayerActivations[] {
  if (tensor.axes.length !== 3 || tensor.axes[0] !== "layer") {
    throw new CircuitbookError(
      `Expected activations [layer, example, d_model] but found ${tensor.describe()}; take one position of each example, ` +
        "and for one layer give { 5: tensor }.",
    );
  }
  const [layerCount, exampleCount, width] = tensor.shape;
  const size = exampleCount * width;
  return Array.from({ length: layerCount }, (_, layer) => ({
    layer,
    values: tensor.data.subarray(layer * size, (layer + 1) * size),
    exampleCount,
    width,
    feature: tensor.axes[2],
  }));
}

function byNumber(record: Readonly<Record<number, Tensor>>): LayerActivations[] {
  return Object.entries(record).map(([key, tensor]) => {
    const layer = Number(key);
    if (!Number.isInteger(layer) || layer < 0) {
      throw new CircuitbookError(
        `Expected layer numbers as keys but found "${key}"; give { 5: tensor }.`,
      );
    }
    if (!(tensor instanceof Tensor) || tensor.axes.length !== 2) {
      throw new CircuitbookError(
        `Expected activations [example, d_model] for layer ${layer} but found ${
          tensor instanceof Tensor ? tensor.describe() : typeof tensor
        }.`,
      );
    }
    const [exampleCount, width] = tensor.shape;
    return { layer, values: tensor.data, exampleCount, width, feature: tensor.axes[1] };
  });
}

/** @throws CircuitbookError for a number that is not finite, saying where. */
export function checkFinite(
  { layer, values, width }: Pick<LayerActivations, "layer" | "values" | "width">,
): void {
  const bad = firstNotFinite(values);
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected finite activations but found ${values[bad]} at layer ${layer}, example ${
        Math.floor(bad / width)
      }; ` +
        "leave that example out, or look at the run that made it.",
    );
  }
}
