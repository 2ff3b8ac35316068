import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { classIndex, type LayerProbe } from "./layer_probe.ts";
import { type Activations, type LayerActivations, layersOf } from "./layers.ts";
import { type Metrics, metrics } from "./metrics.ts";
import { Probes } from "./probes.ts";
import { type Group, type Split, splitByGroup } from "./split.ts";
import { type Labelled, train } from "./train.ts";

/** Settings of {@link probe}. */
export interface ProbeOptions extends Watch {
  /** What each example belongs to, such as its problem: the validation split never cuts through it. */
  groups: readonly Group[];
  /** The classes in the order of the weights; default: the labels, sorted. */
  classes?: readonly string[];
  /** Weight of the penalty `l2 / 2 · ‖weights‖²` on the weights of standardised activations. */
  l2?: number;
  /** Share of the groups that is held out, to stop training and to judge it. */
  validationShare?: number;
  /** Most passes over the training examples. */
  epochs?: number;
  /** Passes without a better validation loss after which training stops. */
  patience?: number;
  seed?: number;
}

const WEIGHT = "to be a number of at least 0";
const probeSchema = z.strictObject({
  ...watch,
  groups: anything,
  classes: anything,
  validationShare: anything,
  l2: z.number(WEIGHT).min(0, WEIGHT).optional(),
  epochs: atLeastOne.optional(),
  patience: atLeastOne.optional(),
  seed: wholeNumber.optional(),
});

/**
 * A linear probe for each layer: multinomial logistic regression from activations to labels.
 *
 * Activations are standardised on the training split; weights come back for raw activations, in the residual basis.
 * Training (L-BFGS over all examples, from zero weights, all layers in one graph in f64) keeps the pass with the lowest loss on held-out groups. As weights
 * that move all classes alike change nothing, the penalty makes the classes' weights sum to zero (before the
 * standardisation is undone, and so after): with two classes, one is the other's opposite.
 *
 * @throws CircuitbookError when shapes and lengths disagree, an activation is not finite (naming layer and example), a
 * label is none of the classes, a class lacks training examples, or there is only one group.
 *
 * @example
 * ```ts
 * import { normal, probing, seededRandom, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const random = seededRandom(1);
 * const labels = Array.from({ length: 200 }, (_, i) => i % 2 ? "this" : "not");
 * const values = Float32Array.from(labels.flatMap((label) => [label === "this" ? 3 : 0, 0]), (x) => x + normal(random));
 * const activations = new Tensor(values, { layer: 1, example: 200, d_model: 2 });
 *
 * const probes = await probing.probe(activations, labels, { groups: labels.map((_, i) => i >> 1) });
 * const [along, across] = probes.layer(0).direction("this");
 * assert(along > 5 * Math.abs(across));
 * ```
 */
export async function probe(
  activations: Activations,
  labels: readonly string[],
  options: ProbeOptions,
): Promise<Probes> {
  checkOptions(options, probeSchema, "probe");
  const {
    groups,
    l2 = 0.1,
    validationShare = 0.25,
    epochs = 300,
    patience = 10,
    seed,
    signal,
    onProgress,
  } = options;
  const layers = layersOf(activations);
  checkLengths(layers[0].exampleCount, labels, groups);
  const classes = options.classes ?? [...new Set(labels)].sort();
  const indices = labelIndices(labels, classes);
  const split = splitByGroup(groups, { share: validationShare, seed });
  const majority = commonest(split, indices, classes);
  const labelled = { labels: indices, classes, split };
  const meter = new Meter("probe", layers.length, "layers", { signal, onProgress });
  try {
    const probes = await train(layers, labelled, { l2, epochs, patience }, meter);
    const rows = probes.map((probe, i) => judged(probe, layers[i], labelled, majority));
    return new Probes(probes, split, rows, majority);
  } finally {
    meter.end();
  }
}

/** How well a probe does on the validation examples. */
function judged(
  probe: LayerProbe,
  { values, width, feature }: LayerActivations,
  { labels, split: { validation } }: Labelled,
  majority: number,
): Metrics {
  const heldOut = new Float32Array(validation.length * width);
  validation.forEach((row, i) =>
    heldOut.set(values.subarray(row * width, (row + 1) * width), i * width)
  );
  const probabilities = probe.probabilities(
    new Tensor(heldOut, { example: validation.length, [feature]: width }),
  );
  return metrics(
    probe.layer,
    probabilities,
    Int32Array.from(validation, (row) => labels[row]),
    majority,
  );
}

function checkLengths(examples: number, labels: readonly string[], groups: readonly Group[]): void {
  if (labels.length !== examples || groups?.length !== examples) {
    throw new CircuitbookError(
      `Expected a label and a group for each of ${examples} examples but found ${labels.length} labels and ` +
        `${groups?.length ?? "no"} groups.`,
    );
  }
}

function labelIndices(labels: readonly string[], classes: readonly string[]): Int32Array {
  if (new Set(classes).size < 2) {
    throw new CircuitbookError(
      `Expected at least 2 classes but found ${
        classes.map((name) => `"${name}"`).join(", ") || "none"
      }.`,
    );
  }
  const missing = labels.findIndex((label) => typeof label !== "string");
  if (missing >= 0) {
    throw new CircuitbookError(
      `Expected a label for each example but found ${labels[missing]} at example ${missing}.`,
    );
  }
  return Int32Array.from(labels, (label) => classIndex(classes, label));
}

/** The class most frequent in training. @throws CircuitbookError when a class has no training example. */
function commonest({ training }: Split, labels: Int32Array, classes: readonly string[]): number {
  const counts = classes.map((_, c) => training.filter((row) => labels[row] === c).length);
  const absent = counts.indexOf(0);
  if (absent >= 0) {
    throw new CircuitbookError(
      `Expected training examples of every class but found none of "${
        classes[absent]
      }" among ${training.length}; give ` +
        "more problems, or take another seed.",
    );
  }
  return counts.indexOf(Math.max(...counts));
}
