import { z } from "zod";
import { checkArguments } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { normal, seededRandom } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { headList } from "../model/plan/heads_and_neurons.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { HeadProducts, type LowRank, squaredNorms } from "./head_products.ts";
import { headsByLayer, type HeadWriters, writersOf } from "./head_writers.ts";
import { readingWeights } from "./reading_weights.ts";
import { meanOf } from "../base/mean.ts";

/** What a later head makes of an earlier head's output: queries, keys or values. */
export type CompositionKind = "Q" | "K" | "V";

/** Which earlier and later heads are scored. */
export interface CompositionOptions extends Watch {
  /** The earlier heads, as [layer, head]. Default: all. */
  readonly from?: readonly (readonly [layer: number, head: number])[];
  /** The later heads, as [layer, head]. Default: all. */
  readonly to?: readonly (readonly [layer: number, head: number])[];
  /** The kinds of composition. Default: all three. */
  readonly kinds?: readonly CompositionKind[];
  /** The seed of the random matrices. Default 0. */
  readonly seed?: number;
}

/** How much one head composes with an earlier head: a row of the table of {@link composition}. */
export interface HeadComposition {
  /** Whether the later head makes queries, keys or values of the earlier head's output. */
  kind: CompositionKind;
  /** The layer of the earlier head, from 0. */
  from_layer: number;
  /** The earlier head, from 0. */
  from_head: number;
  /** The layer of the later head, from 0. */
  to_layer: number;
  /** The later head, from 0. */
  to_head: number;
  /** The composition score, from 0 to 1. */
  score: number;
  /** The mean score of random matrices of the same size and rank. */
  chance: number;
  /** `score` minus `chance`. */
  above: number;
}

const compositionSchema = z.strictObject({
  ...watch,
  from: headList.nonempty().optional(),
  to: headList.nonempty().optional(),
  seed: wholeNumber.optional(),
  kinds: z.array(z.enum(["Q", "K", "V"], "to be Q, K or V"), "to be a list of Q, K or V").nonempty()
    .optional(),
});

/**
 * The number of random heads on each side of the control products. The mean score of these products
 * is the chance level.
 */
const RANDOM_HEADS = 4;

/** The matrices with which some heads of a layer read, for one kind of composition. */
interface HeadReaders extends LowRank {
  readonly kind: CompositionKind;
  /** The squared Frobenius norm of each matrix. */
  readonly norms: Float64Array;
}

/**
 * Returns how much each head's queries, keys and values are made of each earlier head's output.
 *
 * The scores of Q-, K- and V-composition are ‖W_QKᵀ·W_OV‖, ‖W_QK·W_OV‖ and ‖W_OV′·W_OV‖, each
 * divided by the product of the two matrices' norms (Frobenius). W_OV is the earlier head's matrix;
 * the other matrix is the later head's. Chance is the mean score of Gaussian matrices of the same
 * rank and size, about 1/√d_model. The norm before attention is folded into what a head reads.
 * Rotary embeddings are left out.
 *
 * Elhage et al., A Mathematical Framework for Transformer Circuits (2021).
 *
 * @param model the model whose heads are scored.
 * @param options the earlier and later heads, and the kinds of composition.
 * @returns a row for each kind, later head and earlier head.
 * @throws CircuitbookError if a head does not exist, or no head of `from` is in a layer before a
 * head of `to`.
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
): Promise<TableOf<HeadComposition>> {
  checkArguments("composition", {
    model: [model, aModel],
  });

  checkOptions(options, compositionSchema, "composition");
  const { kinds = ["Q", "K", "V"], seed = 0 } = options;
  const { layers } = model.architecture;
  const [from, to] = [headsByLayer(model, options.from), headsByLayer(model, options.to)];
  const products = await HeadProducts.open(model);
  const meter = new Meter("composition", layers, "layers", options);
  const earlier = new Map<number, HeadWriters>();
  const rows: HeadComposition[] = [];
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
            // Rounding can leave the square of a tiny norm below zero.
            const score = Math.sqrt(Math.max(0, square) / (norms[r] * writers.norms[w]));
            rows.push({
              kind,
              from_layer: fromLayer,
              from_head: writers.heads[w],
              to_layer: layer,
              to_head: heads![r],
              score,
              chance,
              above: score - chance,
            });
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
      'Expected a head of "from" in a layer before a head of "to" but found none.',
    );
  }
  return tableOf(rows);
}

/** Returns the matrices with which some heads of a layer read, one set for each kind. */
async function readersOf(
  model: Model,
  products: HeadProducts,
  layer: number,
  heads: readonly number[],
  kinds: readonly CompositionKind[],
): Promise<HeadReaders[]> {
  const weights = await readingWeights(model, layer);
  const of = async (name: "Q" | "K" | "V" | "O") => {
    const factor = weights[name].slice({ head: heads });
    return { factor, gram: await products.gram(factor) };
  };
  const [Q, K, V, O] = [await of("Q"), await of("K"), await of("V"), await of("O")];
  // The factor that meets the earlier head's output, and the other factor of the same matrix.
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

/** Returns the mean score of products of Gaussian matrices with the size and rank of the heads. */
async function chanceOf(
  { architecture }: Model,
  products: HeadProducts,
  seed: number,
): Promise<number> {
  const { headSize: d_head, dModel: d_model } = architecture;
  const random = seededRandom(seed);
  const drawFactor = async () => {
    const data = Float32Array.from(
      { length: RANDOM_HEADS * d_head * d_model },
      () => normal(random),
    );
    const factor = new Tensor(data, { head: RANDOM_HEADS, d_head, d_model });
    return { factor, gram: await products.gram(factor) };
  };
  const [A2, B2, A1, B1] = [
    await drawFactor(),
    await drawFactor(),
    await drawFactor(),
    await drawFactor(),
  ];
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
  return meanOf(scores);
}
