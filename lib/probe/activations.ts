import { CircuitbookError } from "../base/errors.ts";
import { firstNotFinite, Tensor } from "../base/tensor.ts";

/**
 * Activations of all layers, [layer, example, d_model], or of some layers by number, each [example,
 * d_model].
 */
export type Activations = Tensor | Readonly<Record<number, Tensor>>;

/** The activations of one layer. */
export interface LayerActivations {
  /** The layer, from 0. */
  layer: number;
  /** [example, feature], flat. */
  values: Float32Array;
  exampleCount: number;
  /** The number of features. */
  width: number;
  /** The name of the feature axis, usually `d_model`. */
  feature: string;
}

/**
 * Returns activations layer by layer.
 *
 * @throws CircuitbookError if the axes are not those of {@link Activations}, layers differ in
 * shape, or a value is not finite.
 */
export function layersOf(activations: Activations): LayerActivations[] {
  const layers = activations instanceof Tensor ? stacked(activations) : byNumber(activations);
  const [first] = layers;
  if (!first || !first.exampleCount || !first.width) {
    throw new CircuitbookError(
      "Expected activations of at least one layer and one example but found none; tap a hook point of the prompts.",
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
      `Expected activations [layer, example, d_model] but found ${tensor.describe()}; select one position of each ` +
        "example, and give a single layer as { 5: tensor }.",
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

/**
 * Throws a CircuitbookError that names the layer and the example if an activation is not finite.
 */
export function checkFinite(
  { layer, values, width }: Pick<LayerActivations, "layer" | "values" | "width">,
): void {
  const bad = firstNotFinite(values);
  if (bad >= 0) {
    const example = Math.floor(bad / width);
    throw new CircuitbookError(
      `Expected finite activations but found ${
        values[bad]
      } at layer ${layer}, example ${example}; ` +
        "leave out that example, or look at the run that computed it.",
    );
  }
}
