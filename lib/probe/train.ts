import type { Meter } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import { fit, type FitOptions } from "./fit.ts";
import { LayerProbe } from "./layer_probe.ts";
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
}

/**
 * Returns a trained probe for each layer, in the given order. Layers are trained together as far as
 * memory caches hold them.
 */
export async function train(
  layers: readonly LayerActivations[],
  labelled: Labelled,
  { l2, ...options }: Training,
  meter: Meter,
): Promise<LayerProbe[]> {
  const { exampleCount, width } = layers[0];
  const { labels, classes, split } = labelled;
  const probes: LayerProbe[] = [];
  const losses = await SoftmaxLosses.compile({
    classCount: classes.length,
    featureCount: width + 1,
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
        ...some.map((layer, i) => probeOf(layer, classes, unscaled(found[i], scalings[i]))),
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

/** Returns the probe of a layer with the given parameters for raw activations. */
function probeOf(
  { layer, width, feature }: LayerActivations,
  classes: readonly string[],
  parameters: Float64Array,
): LayerProbe {
  const weights = new Float32Array(classes.length * width);
  const bias = new Float32Array(classes.length);
  classes.forEach((_, c) => {
    const at = c * (width + 1);
    weights.set(parameters.subarray(at, at + width), c * width);
    bias[c] = parameters[at + width];
  });
  return new LayerProbe(
    layer,
    classes,
    new Tensor(weights, { class: classes.length, [feature]: width }),
    bias,
  );
}
