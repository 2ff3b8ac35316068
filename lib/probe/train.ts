import type { Meter } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import { fit, type FitOptions } from "./fit.ts";
import { LayerProbe } from "./layer_probe.ts";
import { MlpLayerProbe } from "./mlp_layer_probe.ts";
import type { LayerActivations } from "./activations.ts";
import { type Examples, SoftmaxLosses } from "./softmax.ts";
import type { Split } from "./split.ts";
import { type Scaling, scalingOf, unscaled, writeScaled } from "./scaling.ts";

/**
 * Bytes of standardised activations that are trained on at once: roughly the cache of a processor.
 * With all 36 layers of 1000 × 2048 activations in one run, reading memory took as long as
 * computing, and training six times as long.
 */
const ROOM_FOR_EXAMPLES = 24e6;

/** The labels of the examples, and which are held out. */
export interface Labelled {
  /** The index of the class of each example. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  readonly split: Split;
}

/** The settings of {@link train}. */
export interface Training extends FitOptions {
  /** The weight of the penalty `l2 / 2 · ‖weights‖²` on the weights for standardised features. */
  readonly l2: number;
  /** The number of hidden neurons of an MLP; 0 for a linear probe. */
  readonly hiddenCount: number;
}

/** Makes the probe of a layer from its trained parameters for raw activations. */
export type ProbeMaker<Probe> = (
  layer: LayerActivations,
  classes: readonly string[],
  parameters: Float64Array,
) => Probe;

/**
 * Returns a trained probe for each layer, in the given order. Layers are trained together as far as
 * memory caches hold them.
 */
export async function train<Probe>(
  layers: readonly LayerActivations[],
  labelled: Labelled,
  { l2, hiddenCount, ...options }: Training,
  probeOf: ProbeMaker<Probe>,
  meter: Meter,
): Promise<Probe[]> {
  const { exampleCount, width } = layers[0];
  const { labels, classes, split } = labelled;
  // What reads the features comes first: a row for each class, or for each hidden neuron.
  const readers = (hiddenCount || classes.length) * (width + 1);
  const probes: Probe[] = [];
  const losses = await SoftmaxLosses.compile({
    classCount: classes.length,
    featureCount: width + 1,
    hiddenCount,
  }, l2);
  const atOnce = Math.max(1, Math.floor(ROOM_FOR_EXAMPLES / (8 * exampleCount * (width + 1))));
  try {
    for (let first = 0; first < layers.length; first += atOnce) {
      const some = layers.slice(first, first + atOnce);
      const scalings = some.map(({ values }) => scalingOf(values, split.training, width));
      const examples = (rows: readonly number[]) => examplesOf(some, rows, scalings, labels);
      const found = await fit(
        losses,
        examples(split.training),
        examples(split.validation),
        options,
        meter,
      );
      probes.push(
        ...some.map((layer, i) => {
          const parameters = found[i];
          parameters.set(unscaled(parameters.subarray(0, readers), scalings[i]));
          return probeOf(layer, classes, parameters);
        }),
      );
    }
  } finally {
    await losses.release();
  }
  return probes;
}

/** Returns the chosen examples of all layers, standardised. */
function examplesOf(
  layers: readonly LayerActivations[],
  rows: readonly number[],
  scalings: readonly Scaling[],
  labels: Int32Array,
): Examples {
  const size = rows.length * (layers[0].width + 1);
  const features = new Float64Array(layers.length * size);
  layers.forEach(({ values }, i) =>
    writeScaled(features.subarray(i * size), values, rows, scalings[i])
  );
  return { features, labels: Int32Array.from(rows, (row) => labels[row]) };
}

/** Returns the linear probe of a layer with the given parameters for raw activations. */
export function linearProbe(
  { layer, width, feature }: LayerActivations,
  classes: readonly string[],
  parameters: Float64Array,
): LayerProbe {
  const { weights, bias } = readersOf(parameters, classes.length, width);
  return new LayerProbe(
    layer,
    classes,
    new Tensor(weights, { class: classes.length, [feature]: width }),
    bias,
  );
}

/** Returns the MLP of a layer with the given parameters for raw activations. */
export function mlpOf(
  { layer, width, feature }: LayerActivations,
  classes: readonly string[],
  parameters: Float64Array,
): MlpLayerProbe {
  const count = classes.length;
  const hiddenCount = (parameters.length - count) / (width + 1 + count);
  const { weights, bias } = readersOf(parameters, hiddenCount, width);
  const second = Float32Array.from(parameters.subarray(hiddenCount * (width + 1)));
  return new MlpLayerProbe(layer, classes, {
    input: new Tensor(weights, { hidden: hiddenCount, [feature]: width }),
    inputBias: bias,
    output: new Tensor(second.slice(0, count * hiddenCount), { class: count, hidden: hiddenCount }),
    outputBias: second.slice(count * hiddenCount),
  });
}

/** Returns the weights and biases of the classes or hidden neurons that read the activations. */
function readersOf(
  parameters: Float64Array,
  count: number,
  width: number,
): { weights: Float32Array<ArrayBuffer>; bias: Float32Array } {
  const weights = new Float32Array(count * width);
  const bias = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const at = row * (width + 1);
    weights.set(parameters.subarray(at, at + width), row * width);
    bias[row] = parameters[at + width];
  }
  return { weights, bias };
}
