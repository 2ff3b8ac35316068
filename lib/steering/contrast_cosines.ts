import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { checkOptions, wholeNumber } from "../base/options.ts";
import { integer, seededRandom } from "../base/random.ts";
import { cosine } from "../base/vectors.ts";
import { estimateWhere } from "../stats/group_estimates.ts";
import type { Estimate } from "../stats/intervals.ts";
import { percentileInterval } from "../stats/percentiles.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { Contrast } from "./contrast.ts";

/** The kind of an argument that is a `Contrast`. */
const aContrast = is.like("a contrast", "n", "layers", "vector");

/** The options of {@link contrastCosines}. */
export interface ContrastCosinesOptions {
  /** The seed of the bootstrap. Default 0. */
  readonly seed?: number;
  /** The number of bootstrap samples; with 0 the interval is the cosine itself. Default 200. */
  readonly resamples?: number;
}

/** The cosine between two vectors of one layer. */
export interface LayerCosine {
  /** The layer, from 0. */
  layer: number;
  /** The cosine, from −1 to 1. */
  cosine: number;
  /** The lower end of the 95 % bootstrap interval. */
  low: number;
  /** The upper end of the interval. */
  high: number;
  /** The number of examples; of two contrasts, the smaller one. */
  n: number;
}

const cosinesSchema = z.strictObject({
  seed: wholeNumber.optional(),
  resamples: wholeNumber.optional(),
});

/**
 * Returns the cosine between the vectors of two contrasts, or of a contrast and other vectors, at
 * each layer. The interval is a percentile bootstrap over the examples of both contrasts, wider for
 * few examples, as in `stats.bootstrap`; other vectors are held fixed. For comparison, random
 * vectors have cosines of about ±1/√d_model.
 *
 * @param a a contrast.
 * @param b another contrast, or a function from a layer to a vector, such as the directions of
 * probes.
 * @param options the seed and the number of bootstrap samples.
 * @returns a table with one row for each layer of `a`.
 * @throws CircuitbookError if `b` lacks a layer of `a`, or the vectors differ in size.
 *
 * @example
 * ```ts
 * import { steering, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes = { layer: 1, example: 1, d_model: 2 };
 * const a = new steering.Contrast(new Tensor(new Float32Array([2, 0]), sizes));
 * const b = new steering.Contrast(new Tensor(new Float32Array([0, 3]), sizes));
 * assertEquals(steering.contrastCosines(a, b).getColumn("cosine").toArray(), [0]);
 * ```
 */
export function contrastCosines(
  a: Contrast,
  b: Contrast | ((layer: number) => ArrayLike<number>),
  options: ContrastCosinesOptions = {},
): TableOf<LayerCosine> {
  checkArguments("contrastCosines", {
    a: [a, aContrast],
    b: [b, is.either(aContrast, is.callable)],
  });

  checkOptions(options, cosinesSchema, "contrastCosines");
  const { seed = 0, resamples = 200 } = options;
  const random = seededRandom(seed);
  const drawn = (from: Contrast) =>
    from.of(Array.from({ length: from.n }, () => integer(random, 0, from.n - 1)));
  const other = b instanceof Contrast ? b : undefined;
  const vectorOf = b instanceof Contrast ? b.vector : b;
  const draws = Array.from(
    { length: resamples },
    () => [drawn(a).vector, other ? drawn(other).vector : vectorOf],
  );
  const n = Math.min(a.n, other?.n ?? a.n);
  return tableOf(a.layers.map((layer) => {
    const value = cosine(a.vector(layer), vectorOf(layer));
    const cosines = draws.map(([left, right]) => cosine(left(layer), right(layer)));
    const ends = resamples > 0 ? percentileInterval(cosines, n) : { low: value, high: value };
    return { layer, cosine: value, ...ends, n };
  }));
}

/**
 * Returns the cosine at one layer of a table of {@link contrastCosines}, as an estimate with its
 * interval.
 *
 * @param table what {@link contrastCosines} returned.
 * @param layer the layer, from 0.
 * @returns the estimate; `value` is the cosine.
 * @throws CircuitbookError if the table does not have the layer.
 *
 * @example
 * ```ts
 * import { steering, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tables.tableOf([{ layer: 3, cosine: 0.5, low: 0.4, high: 0.6, n: 40 }]);
 * assertEquals(steering.cosineAt(table, 3), { value: 0.5, low: 0.4, high: 0.6, n: 40 });
 * ```
 */
export function cosineAt(table: TableOf<LayerCosine>, layer: number): Estimate {
  checkArguments("cosineAt", { table: [table, is.table], layer: [layer, is.number] });

  return estimateWhere(table, { layer }, "cosine");
}
