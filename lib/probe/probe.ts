import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { classIndex } from "./layer_probe.ts";
import type { MlpLayerProbe } from "./mlp_layer_probe.ts";
import { type Activations, type LayerActivations, layersOf } from "./activations.ts";
import { type ProbeMetrics, probeMetrics } from "./metrics.ts";
import { type ClassProbe, Probes } from "./probes.ts";
import { type Group, type Split, splitByGroup } from "./split.ts";
import { type Labelled, linearProbe, mlpOf, type ProbeMaker, train } from "./train.ts";

/** The options of {@link probe}. */
export interface ProbeOptions extends Watch {
  /**
   * The group of each example, such as its problem. All examples of a group are on one side of the
   * validation split.
   */
  groups: readonly Group[];
  /** The classes, in the order of the weights. Default: the distinct labels, sorted. */
  classes?: readonly string[];
  /**
   * The weight of the penalty `l2 / 2 · ‖weights‖²` on the weights for standardised activations.
   * Default 0.1.
   */
  l2?: number;
  /**
   * The share of the groups that is held out, to end the training and to judge the probes. Default
   * 0.25.
   */
  validationShare?: number;
  /** The largest number of steps of the training. Default 300. */
  epochs?: number;
  /** Steps without a lower validation loss after which the training ends. Default 10. */
  patience?: number;
  /** The seed of the validation split. Default 0. */
  seed?: number;
}

/** The options of {@link mlpProbe}. */
export interface MlpProbeOptions extends Omit<ProbeOptions, "l2" | "seed"> {
  /** The number of hidden neurons. Default 64. */
  hidden?: number;
  /**
   * The weight of the penalty `l2 / 2 · ‖weights‖²` on the weights for standardised activations.
   * Default 0.01.
   */
  l2?: number;
  /** The seed of the validation split and of the first weights. Default 0. */
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
 * Returns a linear probe for each layer, trained by multinomial logistic regression from
 * activations to labels.
 *
 * Activations are standardised by their means and deviations in the training split, so that their
 * unit does not matter; the returned weights are for raw activations, in the basis of the residual
 * stream. Training (L-BFGS over all training examples in f64, from zero weights) keeps the step
 * with the lowest loss on the held-out groups.
 *
 * The weights of all classes sum to zero, since the penalty removes what moves all scores alike:
 * with two classes, the weights of one are minus those of the other.
 *
 * @param activations activations of all layers, [layer, example, d_model], or of some layers by
 * number, each [example, d_model].
 * @param labels the class of each example.
 * @param options the groups of the examples, and the settings of the training.
 * @returns the probes, with their metrics on the held-out examples.
 * @throws CircuitbookError if lengths or shapes disagree, an activation is not finite, a label is
 * not one of the classes, a class has no training example, or there is only one group. Throws
 * InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { normal, probing, seededRandom, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const random = seededRandom(1);
 * const labels = Array.from({ length: 200 }, (_, i) => i % 2 ? "this" : "not");
 * const means = labels.flatMap((label) => [label === "this" ? 3 : 0, 0]);
 * const values = Float32Array.from(means, (mean) => mean + normal(random));
 * const activations = new Tensor(values, { layer: 1, example: 200, d_model: 2 });
 *
 * const probes = await probing.probe(activations, labels, {
 *   groups: labels.map((_, i) => i >> 1),
 * });
 * const [along, across] = probes.layer(0).direction("this");
 * assert(along > 5 * Math.abs(across));
 * ```
 */
export async function probe(
  activations: Activations,
  labels: readonly string[],
  options: ProbeOptions,
): Promise<Probes> {
  checkArguments("probe", {
    activations: [activations, is.object],
    labels: [labels, is.list],
  });
  checkOptions(options, probeSchema, "probe");
  const settings = { ...options, l2: options.l2 ?? 0.1, hiddenCount: 0 };
  return await trained(activations, labels, settings, linearProbe);
}

/**
 * Returns a non-linear probe for each layer: an MLP with one hidden layer of ReLUs, trained from
 * activations to labels as {@link probe} trains a linear one.
 *
 * An MLP that reads a label where a linear probe does not says that the activations hold what the
 * label is made of; the MLP may do the rest of the computation itself. A control tells how much the
 * MLP does: train a probe on the parts alone.
 *
 * After J. Hewitt and P. Liang, "Designing and interpreting probes with control tasks", EMNLP 2019.
 *
 * @param activations activations of all layers, [layer, example, d_model], or of some layers by
 * number, each [example, d_model].
 * @param labels the class of each example.
 * @param options the groups of the examples, the number of hidden neurons, and the settings of the
 * training.
 * @returns the probes, with their metrics on the held-out examples. They have no directions.
 * @throws CircuitbookError if lengths or shapes disagree, an activation is not finite, a label is
 * not one of the classes, a class has no training example, or there is only one group. Throws
 * InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { normal, probing, seededRandom, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * // Two signs are alike or differ: no line separates the two cases.
 * const random = seededRandom(1);
 * const values = Float32Array.from({ length: 400 }, () => normal(random));
 * const activations = new Tensor(values, { layer: 1, example: 200, d_model: 2 });
 * const labels = Array.from({ length: 200 }, (_, i) =>
 *   values[2 * i] * values[2 * i + 1] > 0 ? "alike" : "differ");
 *
 * const options = { groups: [...labels.keys()], hidden: 16 };
 * const [linear, mlp] = [
 *   await probing.probe(activations, labels, { groups: options.groups }),
 *   await probing.mlpProbe(activations, labels, options),
 * ].map(({ layers }) => probing.bestLayer(layers).value);
 * assert(linear < 0.7 && mlp > 0.85);
 * ```
 */
export async function mlpProbe(
  activations: Activations,
  labels: readonly string[],
  options: MlpProbeOptions,
): Promise<Probes<MlpLayerProbe>> {
  checkArguments("mlpProbe", {
    activations: [activations, is.object],
    labels: [labels, is.list],
  });
  checkOptions(options, probeSchema.extend({ hidden: atLeastOne.optional() }), "mlpProbe");
  const { hidden: hiddenCount = 64, l2 = 0.01, ...rest } = options;
  return await trained(activations, labels, { ...rest, l2, hiddenCount }, mlpOf);
}

/** Returns trained probes of one kind, with their metrics on the held-out examples. */
async function trained<Probe extends ClassProbe>(
  activations: Activations,
  labels: readonly string[],
  options: ProbeOptions & { readonly l2: number; readonly hiddenCount: number },
  make: ProbeMaker<Probe>,
): Promise<Probes<Probe>> {
  const {
    groups,
    l2,
    hiddenCount,
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
    const training = { l2, hiddenCount, epochs, patience, seed };
    const probes = await train(layers, labelled, training, make, meter);
    const rows = probes.map((probe, i) => judged(probe, layers[i], labelled, majority));
    return new Probes(probes, split, rows, majority);
  } finally {
    meter.end();
  }
}

/** Returns the metrics of a probe on the validation examples. */
function judged(
  probe: ClassProbe,
  { values, width, feature }: LayerActivations,
  { labels, split: { validation } }: Labelled,
  majority: number,
): ProbeMetrics {
  const heldOut = new Float32Array(validation.length * width);
  validation.forEach((row, i) =>
    heldOut.set(values.subarray(row * width, (row + 1) * width), i * width)
  );
  const probabilities = probe.probabilities(
    new Tensor(heldOut, { example: validation.length, [feature]: width }),
  );
  return probeMetrics(
    probe.layer,
    probabilities,
    Int32Array.from(validation, (row) => labels[row]),
    majority,
  );
}

/** Throws a CircuitbookError unless each example has a label and a group. */
function checkLengths(examples: number, labels: readonly string[], groups: readonly Group[]): void {
  if (labels.length !== examples || groups?.length !== examples) {
    throw new CircuitbookError(
      `Expected a label and a group for each of ${examples} examples but found ${labels.length} labels and ` +
        `${groups?.length ?? "no"} groups.`,
    );
  }
}

/** Returns the index of the class of each label. */
function labelIndices(labels: readonly string[], classes: readonly string[]): Int32Array {
  if (new Set(classes).size < 2) {
    const found = classes.map((name) => `"${name}"`).join(", ") || "none";
    throw new CircuitbookError(`Expected at least 2 classes but found ${found}.`);
  }
  const missing = labels.findIndex((label) => typeof label !== "string");
  if (missing >= 0) {
    throw new CircuitbookError(
      `Expected a label for each example but found ${labels[missing]} at example ${missing}.`,
    );
  }
  return Int32Array.from(labels, (label) => classIndex(classes, label));
}

/**
 * Returns the class most frequent in training. Throws a CircuitbookError if a class has no training
 * example.
 */
function commonest({ training }: Split, labels: Int32Array, classes: readonly string[]): number {
  const counts = classes.map((_, c) => training.filter((row) => labels[row] === c).length);
  const absent = counts.indexOf(0);
  if (absent >= 0) {
    throw new CircuitbookError(
      `Expected training examples of every class but found none of "${classes[absent]}" among ` +
        `${training.length}; give examples of more problems, or set another seed.`,
    );
  }
  return counts.indexOf(Math.max(...counts));
}
