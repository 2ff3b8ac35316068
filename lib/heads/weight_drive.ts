import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { headList } from "../model/plan/heads_and_neurons.ts";
import { checkedNeurons, type Neurons } from "../neurons/neuron_list.ts";
import { keyNames, neuronVectors, type VectorName } from "../neurons/vectors.ts";
import { bootstrap } from "../stats/intervals.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { HeadProducts, type LowRank } from "./head_products.ts";
import { headsByLayer, writersOf } from "./head_writers.ts";
import { meanOf } from "../base/mean.ts";

/** The options of {@link weightDrive}: which heads are scored, and how chance is drawn. */
export interface WeightDriveOptions extends Watch {
  /** Heads to score, as [layer, head]. Default: all. */
  readonly heads?: readonly (readonly [layer: number, head: number])[];
  /** How many random neurons of each layer chance is averaged over. Default 50. */
  readonly random?: number;
  /** The seed of the random neurons and of the intervals. Default 0. */
  readonly seed?: number;
}

/** How strongly one head writes into one key of one neuron, by their weights. */
export interface NeuronWeightDrive {
  /** The layer of the head, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /** The layer of the neuron, from 0. */
  neuron_layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** Which of the neuron's input vectors: `gate` and `up` in a gated MLP, else `input`. */
  key: VectorName;
  /** ‖k·W_OV‖ / (‖k‖ ‖W_OV‖), from 0 to 1. */
  score: number;
  /**
   * The mean score of the head for random neurons of that layer; NaN if the layer has no others.
   */
  chance: number;
}

/** How strongly one head writes into one kind of key of all chosen neurons, by their weights. */
export interface HeadWeightDrive {
  /** The layer of the head, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /** Which of the neurons' input vectors: `gate` and `up` in a gated MLP, else `input`. */
  key: VectorName;
  /** The mean score over the neurons. */
  score: number;
  /** The lower end of the 95 % bootstrap interval of `score` over neurons. */
  low: number;
  /** The upper end of the interval of `score`. */
  high: number;
  /** The mean score over random neurons of the same layers, without the chosen neurons. */
  chance: number;
  /** The lower end of the interval of `chance` over random neurons. */
  chance_low: number;
  /** The upper end of the interval of `chance`. */
  chance_high: number;
  /** The number of neurons. */
  n: number;
}

/** How strongly heads write into what neurons read, by their weights. */
export interface WeightDrive {
  /** A row for each head and kind of key. */
  readonly heads: TableOf<HeadWeightDrive>;
  /** A row for each head and key of a neuron in the head's layer or a later one. */
  readonly neurons: TableOf<NeuronWeightDrive>;
}

const weightDriveSchema = z.strictObject({
  ...watch,
  heads: headList.nonempty().optional(),
  random: atLeastOne.optional(),
  seed: wholeNumber.optional(),
});

/** A key of a neuron as a matrix with one row. */
interface KeyMatrix extends LowRank {
  readonly layer: number;
  readonly neuron: number;
  readonly key: VectorName;
  readonly norm: number;
  /** Whether the neuron was chosen, rather than drawn for chance. */
  readonly chosen: boolean;
}

/** How strongly one head drives one key. */
interface KeyScore extends Pick<KeyMatrix, "layer" | "neuron" | "key" | "chosen"> {
  readonly from: readonly [layer: number, head: number];
  readonly score: number;
}

/**
 * Returns how strongly heads write into what neurons read, by their weights alone.
 *
 * The score is ‖k·W_OV‖ / (‖k‖ ‖W_OV‖), where k is a key of a neuron (its gate or up vector, with
 * the norm before the MLP folded in) and W_OV is the OV matrix of a head in the neuron's layer or
 * an earlier one. The score says what a head could drive; {@link activeDrive} says what it drives
 * on given prompts.
 *
 * After the inter-layer channels of Lee et al., The Geometry of Self-Verification in a
 * Task-Specific Reasoning Model (arXiv 2504.14379), and of Merullo et al. (arXiv 2406.09519).
 *
 * @param model the model with the heads and neurons.
 * @param neurons the neurons, as [layer, neuron] or a table with these columns.
 * @param options which heads, and how many random neurons for chance.
 * @returns one table by head and one by head and neuron.
 * @throws CircuitbookError if a head or a neuron does not exist, or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const drive = await heads.weightDrive(model, [[6, 425], [6, 68]], { heads: [[1, 3], [4, 0]] });
 * assertEquals([drive.heads.height, drive.neurons.height], [2 * 2, 2 * 2 * 2]);
 * ```
 */
export async function weightDrive(
  model: Model,
  neurons: Neurons,
  options: WeightDriveOptions = {},
): Promise<WeightDrive> {
  checkArguments("weightDrive", {
    model: [model, aModel],
    neurons: [neurons, is.either(is.lists, is.table)],
  });

  checkOptions(options, weightDriveSchema, "weightDrive");
  const chosen = checkedNeurons(model, neurons);
  const { random = 50, seed = 0 } = options;
  const keys = [
    ...await keysOf(model, chosen, true),
    ...await keysOf(model, othersOf(model, chosen, random, seed), false),
  ];
  const heads = headsByLayer(model, options.heads);
  const scores: KeyScore[] = [];
  const products = await HeadProducts.open(model);
  const meter = new Meter("drive of neurons", heads.size, "layers", options);
  try {
    for (const [layer, members] of heads) {
      const later = keys.filter((key) => key.layer >= layer);
      if (later.length) scores.push(...await scoresOf(model, products, later, layer, members));
      await meter.advance(1);
    }
  } finally {
    meter.end();
    await products.close();
  }
  return { heads: headTable(scores, seed), neurons: neuronTable(scores) };
}

/** Returns the keys of some neurons. */
async function keysOf(
  model: Model,
  neurons: readonly (readonly [number, number])[],
  chosen: boolean,
): Promise<KeyMatrix[]> {
  // A key k is the low-rank matrix 1ᵀ·k.
  const gram = new Tensor(Float32Array.of(1), { row: 1, column: 1 });
  const keys: KeyMatrix[] = [];
  for (const key of keyNames(model)) {
    const vectors = await neuronVectors(model, neurons, key);
    neurons.forEach(([layer, neuron], i) => {
      const factor = vectors.slice({ neuron: [i] });
      keys.push({ layer, neuron, key, factor, gram, norm: Math.hypot(...factor.data), chosen });
    });
  }
  return keys;
}

/** Draws `count` random neurons of each layer of the given neurons, without the given neurons. */
function othersOf(
  { architecture: { dMlp } }: Model,
  neurons: readonly [number, number][],
  count: number,
  seed: number,
): [number, number][] {
  const random = seededRandom(seed);
  const taken = new Set(neurons.map(String));
  return [...new Set(neurons.map(([layer]) => layer))].flatMap((layer) => {
    const all = Array.from({ length: dMlp }, (_, neuron): [number, number] => [layer, neuron]);
    return shuffle(random, all.filter((neuron) => !taken.has(String(neuron)))).slice(0, count);
  });
}

/** Returns the scores of some heads of a layer for keys of the same layer and of later layers. */
async function scoresOf(
  model: Model,
  products: HeadProducts,
  keys: readonly KeyMatrix[],
  layer: number,
  heads: readonly number[],
): Promise<KeyScore[]> {
  const writers = await writersOf(model, products, layer, heads);
  const readers = {
    factor: Tensor.stack(
      keys.map(({ factor }) => factor.reshape({ row: 1, d_model: factor.data.length })),
      "reader",
    ),
    gram: Tensor.stack(keys.map(({ gram }) => gram), "reader"),
  };
  const { data } = await products.squaredNorms(readers, writers);
  return keys.flatMap(({ norm, ...key }, k) =>
    heads.map((head, h): KeyScore => {
      // Rounding can leave the square of a tiny norm below zero.
      const square = Math.max(0, data[k * heads.length + h]) / writers.norms[h];
      return {
        layer: key.layer,
        neuron: key.neuron,
        key: key.key,
        chosen: key.chosen,
        from: [layer, head],
        score: Math.sqrt(square) / norm,
      };
    })
  );
}

/**
 * Returns the scores of the chosen neurons, each beside the mean score of its layer's random
 * neurons.
 */
function neuronTable(scores: readonly KeyScore[]): TableOf<NeuronWeightDrive> {
  const nameOf = ({ from, layer, key }: KeyScore) => `${from} ${layer} ${key}`;
  const chances = new Map(
    [...Map.groupBy(scores.filter(({ chosen }) => !chosen), nameOf)].map((
      [name, own],
    ) => [name, meanOf(own.map(({ score }) => score))]),
  );
  return tableOf(
    scores.filter(({ chosen }) => chosen).map((one): NeuronWeightDrive => {
      const { from: [layer, head], layer: neuron_layer, neuron, key, score } = one;
      return {
        layer,
        head,
        neuron_layer,
        neuron,
        key,
        score,
        chance: chances.get(nameOf(one)) ?? NaN,
      };
    }),
  );
}

/** Returns the mean scores of each head over the chosen neurons, beside the random neurons. */
function headTable(scores: readonly KeyScore[], seed: number): TableOf<HeadWeightDrive> {
  const byHead = Map.groupBy(scores, ({ from, key }) => `${from} ${key}`);
  return tableOf([...byHead.values()].map((own): HeadWeightDrive => {
    const { from: [layer, head], key } = own[0];
    const [chosen, others] = [true, false].map((kind) =>
      own.filter(({ chosen }) => chosen === kind).map(({ score }) => score)
    );
    const { value: score, n, ...interval } = bootstrap(chosen, { seed });
    const { value: chance, low, high } = others.length
      ? bootstrap(others, { seed })
      : { value: NaN, low: NaN, high: NaN };
    return { layer, head, key, score, ...interval, chance, chance_low: low, chance_high: high, n };
  }));
}
