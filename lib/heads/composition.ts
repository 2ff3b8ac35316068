import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { normal, seededRandom } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { allHeads, headPairs, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { HeadProducts, type LowRank, squaredNorms } from "./head_products.ts";
import { readingWeights } from "./reading.ts";

/** What a head takes from an earlier one: its queries, its keys or its values. */
export type CompositionKind = "Q" | "K" | "V";

/** Which pairs of heads are scored. */
export interface CompositionOptions extends Watch {
  /** The earlier heads, as [layer, head]. Default: all. */
  readonly from?: readonly (readonly [layer: number, head: number])[];
  /** The later heads. Default: all. */
  readonly to?: readonly (readonly [layer: number, head: number])[];
  /** Default: all three. */
  readonly kinds?: readonly CompositionKind[];
  /** Of the random matrices. Default 0. */
  readonly seed?: number;
}

const compositionSchema = z.strictObject({
  ...watch,
  from: headPairs.nonempty().optional(),
  to: headPairs.nonempty().optional(),
  seed: wholeNumber.optional(),
  kinds: z.array(z.enum(["Q", "K", "V"], "to be Q, K or V"), "to be a list of Q, K or V").nonempty()
    .optional(),
});

/** Random matrices on either side of the products that chance is the mean of. */
const RANDOM_HEADS = 4;

/** Heads of a layer whose output is read, and the norms of their OV matrices. */
interface Writers extends LowRank {
  readonly heads: readonly number[];
  readonly norms: Float64Array;
}

/**
 * How much each head's queries, keys and values are made of each earlier head's output, as a table: `kind`, `from_layer`, `from_head`,
 * `to_layer`, `to_head`, `score`, `chance`, `above` (score − chance).
 *
 * The score of Q-, K- and V-composition is ‖W_QKᵀ·W_OV‖, ‖W_QK·W_OV‖ or ‖W_OV′·W_OV‖ over the product of the two norms (Frobenius),
 * where W_OV is the earlier head's. Chance is the mean score of Gaussian matrices of the same rank and size (about
 * 1/√d_model). The norm before attention is folded into what a head reads; rotary embeddings are left out.
 *
 * Elhage et al., A Mathematical Framework for Transformer Circuits (2021).
 *
 * @throws CircuitbookError when a head does not exist, or no head of `from` is in a layer before one of `to`.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const table = await heads.composition(model, { from: [[1, 3], [1, 5]], kinds: ["V"] });
 * assertEquals(table.height, 2 * 6 * 6);
 * ```
 */
export async function composition(
  model: Model,
  options: CompositionOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, compositionSchema, "composition");
  const { kinds = ["Q", "K", "V"], seed = 0 } = options;
  const { layers } = model.architecture;
  const [from, to] = [headsByLayer(model, options.from), headsByLayer(model, options.to)];
  const products = await HeadProducts.open(model);
  const meter = new Meter("composition", layers, "layers", options);
  const earlier = new Map<number, Writers>();
  const rows: Record<string, string | number>[] = [];
  try {
    const chance = await chanceOf(model, products, seed);
    for (let layer = 0; layer < layers; layer++) {
      const heads = to.get(layer);
      const readers = heads && earlier.size
        ? await readersOf(model, products, layer, heads, kinds)
        : [];
      for (const { kind, norms, ...reader } of readers) {
        for (const [fromLayer, writers] of earlier) {
          const { data } = await products.squaredNorms(reader, writers);
          data.forEach((square, i) => {
            const r = Math.floor(i / writers.heads.length);
            const w = i % writers.heads.length;
            const score = Math.sqrt(Math.max(0, square) / (norms[r] * writers.norms[w]));
            const pair = {
              from_layer: fromLayer,
              from_head: writers.heads[w],
              to_layer: layer,
              to_head: heads![r],
            };
            rows.push({ kind, ...pair, score, chance, above: score - chance });
          });
        }
      }
      if (from.has(layer)) {
        earlier.set(layer, await writersOf(model, products, layer, from.get(layer)!));
      }
      await meter.advance(1);
    }
  } finally {
    meter.end();
    await products.close();
  }
  if (!rows.length) {
    throw new CircuitbookError(
      "Expected a head before another one but found none in an earlier layer.",
    );
  }
  return pl.DataFrame(rows);
}

/** The OV matrices of some heads of a layer, as what they write. */
export async function writersOf(
  model: Model,
  products: HeadProducts,
  layer: number,
  heads: readonly number[],
): Promise<Writers> {
  const { O, V } = await readingWeights(model, layer);
  const factor = O.slice({ head: heads });
  const gram = await products.gram(V.slice({ head: heads }));
  return { heads, factor, gram, norms: squaredNorms(await products.gram(factor), gram) };
}

/** What some heads of a layer read with, for each kind of composition. */
async function readersOf(
  model: Model,
  products: HeadProducts,
  layer: number,
  heads: readonly number[],
  kinds: readonly CompositionKind[],
): Promise<(LowRank & { kind: CompositionKind; norms: Float64Array })[]> {
  const weights = await readingWeights(model, layer);
  const of = async (name: "Q" | "K" | "V" | "O") => {
    const factor = weights[name].slice({ head: heads });
    return { factor, gram: await products.gram(factor) };
  };
  const [Q, K, V, O] = [await of("Q"), await of("K"), await of("V"), await of("O")];
  const sides = { Q: [Q, K], K: [K, Q], V: [V, O] };
  return kinds.map((kind) => {
    const [own, other] = sides[kind];
    return {
      kind,
      factor: own.factor,
      gram: other.gram,
      norms: squaredNorms(own.gram, other.gram),
    };
  });
}

/** The mean score of products of Gaussian matrices of the heads' size and rank. */
async function chanceOf(
  { architecture }: Model,
  products: HeadProducts,
  seed: number,
): Promise<number> {
  const { headSize: d_head, dModel: d_model } = architecture;
  const random = seededRandom(seed);
  const drawn = async () => {
    const data = Float32Array.from(
      { length: RANDOM_HEADS * d_head * d_model },
      () => normal(random),
    );
    const factor = new Tensor(data, { head: RANDOM_HEADS, d_head, d_model });
    return { factor, gram: await products.gram(factor) };
  };
  const [A2, B2, A1, B1] = [await drawn(), await drawn(), await drawn(), await drawn()];
  const { data } = await products.squaredNorms({ factor: B2.factor, gram: A2.gram }, {
    factor: A1.factor,
    gram: B1.gram,
  });
  const [second, first] = [squaredNorms(A2.gram, B2.gram), squaredNorms(A1.gram, B1.gram)];
  const scores = Array.from(
    data,
    (square, i) =>
      Math.sqrt(square / (second[Math.floor(i / RANDOM_HEADS)] * first[i % RANDOM_HEADS])),
  );
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Heads by layer, each once; all without a list. */
export function headsByLayer(
  model: Model,
  chosen: readonly (readonly [number, number])[] = allHeads(model),
): Map<number, number[]> {
  return new Map(
    [...Map.groupBy(resolvedHeads(chosen, model), ([layer]) => layer)].map(([layer, members]) =>
      [layer, [...new Set(members.map(([, head]) => head))]] as const
    ),
  );
}
