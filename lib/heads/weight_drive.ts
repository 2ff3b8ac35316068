import pl from "nodejs-polars";
import { z } from "zod";
import { Meter, type Watch } from "../base/progress.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { headPairs } from "../model/plan/heads_and_neurons.ts";
import { checkedPairs, type Neurons } from "../neurons/pairs.ts";
import { keyNames, type VectorName, vectorsOf } from "../neurons/vectors.ts";
import { bootstrap } from "../stats/intervals.ts";
import { headsByLayer, writersOf } from "./composition.ts";
import { HeadProducts, type LowRank } from "./head_products.ts";

/** How heads are related to neurons. */
export interface WeightDriveOptions extends Watch {
  /** Heads to score, as [layer, head]. Default: all. */
  readonly heads?: readonly (readonly [layer: number, head: number])[];
  /** Random neurons of each layer that chance is the mean over. Default 50. */
  readonly random?: number;
  readonly seed?: number;
}

/** What heads drive: each head over all neurons, and every pair. */
export interface Drive {
  readonly heads: pl.DataFrame;
  readonly pairs: pl.DataFrame;
}

const weightDriveSchema = z.strictObject({
  ...watch,
  heads: headPairs.nonempty().optional(),
  random: atLeastOne.optional(),
  seed: wholeNumber.optional(),
});

/** A neuron's key as a matrix of one row. */
interface Key extends LowRank {
  readonly layer: number;
  readonly neuron: number;
  readonly key: VectorName;
  readonly norm: number;
  readonly chosen: boolean;
}

/** How strongly one head drives one key. */
interface Score extends Pick<Key, "layer" | "neuron" | "key" | "chosen"> {
  readonly from: readonly [layer: number, head: number];
  readonly score: number;
}

/**
 * How strongly heads write into what neurons read, by their weights alone: ‖k·W_OV‖ / (‖k‖ ‖W_OV‖) for the key k of each neuron (its
 * gate and up vectors, with the norm before the MLP folded in) and the OV matrix of each head up to the neuron's layer.
 *
 * `pairs`: `layer`, `head`, `neuron_layer`, `neuron`, `key`, `score`, `chance` (the head's mean score for random neurons of that layer). `heads`:
 * the mean over neurons, `layer`, `head`, `key`, `score`, `low`, `high` (bootstrap over neurons), `chance`, `chance_low`, `chance_high` (over
 * random neurons of the same layers, none of those that were chosen), `n`.
 *
 * After the inter-layer channels of Lee et al., The Geometry of Self-Verification in a Task-Specific Reasoning Model (arXiv
 * 2504.14379), and of Merullo et al. (arXiv 2406.09519). It says what a head could do, not what it does: see {@link activeDrive}.
 *
 * @throws CircuitbookError when a head or a neuron does not exist, or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const drive = await heads.weightDrive(model, [[6, 425], [6, 68]], { heads: [[1, 3], [4, 0]] });
 * assertEquals([drive.heads.height, drive.pairs.height], [2 * 2, 2 * 2 * 2]);
 * ```
 */
export async function weightDrive(
  model: Model,
  neurons: Neurons,
  options: WeightDriveOptions = {},
): Promise<Drive> {
  checkOptions(options, weightDriveSchema, "weightDrive");
  const pairs = checkedPairs(model, neurons);
  const { random = 50, seed = 0 } = options;
  const keys = [
    ...await keysOf(model, pairs, true),
    ...await keysOf(model, othersOf(model, pairs, random, seed), false),
  ];
  const heads = headsByLayer(model, options.heads);
  const scores: Score[] = [];
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
  return { heads: headTable(scores, seed), pairs: pairTable(scores) };
}

/** The keys of some neurons. */
async function keysOf(
  model: Model,
  pairs: readonly (readonly [number, number])[],
  chosen: boolean,
): Promise<Key[]> {
  const gram = new Tensor(Float32Array.of(1), { row: 1, column: 1 });
  const keys: Key[] = [];
  for (const key of keyNames(model)) {
    const vectors = await vectorsOf(model, pairs, key);
    pairs.forEach(([layer, neuron], i) => {
      const factor = vectors.slice({ neuron: [i] });
      keys.push({ layer, neuron, key, factor, gram, norm: Math.hypot(...factor.data), chosen });
    });
  }
  return keys;
}

/** Random neurons of the same layers, as many of each, none of those given. */
function othersOf(
  { architecture: { dMlp } }: Model,
  pairs: readonly [number, number][],
  count: number,
  seed: number,
) {
  const random = seededRandom(seed);
  const taken = new Set(pairs.map(String));
  return [...new Set(pairs.map(([layer]) => layer))].flatMap((layer) => {
    const all = Array.from({ length: dMlp }, (_, neuron): [number, number] => [layer, neuron]);
    return shuffle(random, all.filter((pair) => !taken.has(String(pair)))).slice(0, count);
  });
}

/** The scores of some heads of a layer for keys of that layer and later ones. */
async function scoresOf(
  model: Model,
  products: HeadProducts,
  keys: readonly Key[],
  layer: number,
  heads: readonly number[],
): Promise<Score[]> {
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
    heads.map((head, h): Score => {
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

function pairTable(scores: readonly Score[]): pl.DataFrame {
  const nameOf = ({ from, layer, key }: Score) => `${from} ${layer} ${key}`;
  const chances = new Map(
    [...Map.groupBy(scores.filter(({ chosen }) => !chosen), nameOf)].map((
      [name, own],
    ) => [name, meanOf(own)]),
  );
  return pl.DataFrame(
    scores.filter(({ chosen }) => chosen).map((one) => {
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

function headTable(scores: readonly Score[], seed: number): pl.DataFrame {
  const byHead = Map.groupBy(scores, ({ from, key }) => `${from} ${key}`);
  return pl.DataFrame([...byHead.values()].map((own) => {
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

function meanOf(scores: readonly Score[]): number {
  return scores.reduce((sum, { score }) => sum + score, 0) / scores.length;
}
