import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom, seedOf, shuffle } from "../base/random.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { cosine, difference, meanVector, randomDirections, scaledTo } from "../base/vectors.ts";
import { checkOptions, wholeNumber } from "../base/options.ts";
import type { Estimate } from "../stats/intervals.ts";
import { estimateWhere } from "../stats/group_estimates.ts";
import type { SteeringVector } from "./sweep_scales.ts";

/**
 * The mean difference between activations at two kinds of places, layer by layer: a vector to steer with. Made by
 * {@link contrast}.
 *
 * @example
 * ```ts
 * import { steering, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const at = (values: number[]) => new Tensor(new Float32Array(values), { layer: 1, example: 2, d_model: 2 });
 * const found = steering.contrast(at([5, 0, 7, 2]), at([1, 0, 3, 0]));
 * assertEquals([[...found.vector(0)], found.n], [[4, 1], 2]);
 * ```
 */
export class Contrast {
  readonly #differences: Tensor;

  /** @param differences [layer, example, d_model]: what each example has more at the one place than at the other. */
  constructor(differences: Tensor) {
    this.#differences = differences;
  }

  /** How many examples the vectors are means over. */
  get n(): number {
    return this.#differences.size("example");
  }

  /** The layers that it has vectors for: 0, 1, …. */
  get layers(): number[] {
    return Array.from({ length: this.#differences.size("layer") }, (_, layer) => layer);
  }

  /** The mean difference [d_model] at a layer. @throws CircuitbookError when the layer was not tapped. */
  readonly vector = (layer: number): Float32Array => meanVector(this.#differences.slice({ layer }));

  /** The length of the vector at each layer, as a table: `layer`, `norm`. */
  norms(): pl.DataFrame {
    return pl.DataFrame(
      this.layers.map((layer) => ({ layer, norm: Math.hypot(...this.vector(layer)) })),
    );
  }

  /** The contrast of some of the examples. @throws CircuitbookError when one does not exist, or none is left. */
  of(examples: readonly number[]): Contrast {
    if (!examples.length) {
      throw new CircuitbookError("Expected at least one example of the contrast but found none.");
    }
    return new Contrast(this.#differences.slice({ example: examples }));
  }

  /** Two contrasts of half of the examples each, dealt at random: how far the vector hangs on its examples. */
  halves({ seed = 0 }: { seed?: number } = {}): [Contrast, Contrast] {
    const order = shuffle(seededRandom(seed), resolveSelection({}, this.n, "example"));
    const half = this.n >> 1;
    return [this.of(order.slice(0, half)), this.of(order.slice(half))];
  }

  /**
   * A control: the mean difference when the two labels are dealt out at random within each example, a deal of its own for each
   * row that is steered. It is as long as chance makes it: brought to the length of the real vector it would mostly be that
   * vector, or its opposite, as what all examples share is left over in every deal.
   */
  shuffled({ seed = 0 }: { seed?: number } = {}): SteeringVector {
    return (layer, row) => {
      const { data, sizes } = this.#differences.slice({ layer });
      const random = seededRandom(seedOf(seed, row));
      const signs = Array.from({ length: this.n }, () => random() < 0.5 ? -1 : 1);
      return meanVector(
        new Tensor(data.map((value, i) => value * signs[Math.floor(i / sizes.d_model)]), sizes),
      );
    };
  }

  /** A control: random vectors of the length of the real one, another for each row that is steered. */
  random({ seed = 0 }: { seed?: number } = {}): SteeringVector {
    const size = this.#differences.size("d_model");
    return (layer, row) => {
      const { data } = randomDirections({ n: 1, size, seed: seedOf(seed, row * 1009 + layer) });
      return scaledTo(data, Math.hypot(...this.vector(layer)), size);
    };
  }

  /** Other vectors, by layer, at the lengths of these: what is compared then is their direction. */
  atLength(vectors: (layer: number) => ArrayLike<number>): (layer: number) => number[] {
    const size = this.#differences.size("d_model");
    return (layer) => scaledTo(vectors(layer), Math.hypot(...this.vector(layer)), size);
  }
}

/**
 * The contrast between activations at a later and an earlier place of the same examples: mean(later) − mean(earlier).
 *
 * With the end of the sentence of the last and of the first occurrence of the answer, it is the vector of C. Wendler's note
 * "GSM8K based steering vectors for Deepseek-R1-Distill-Llama-8B" (2025).
 *
 * @param later [layer, example, d_model], such as `cache.layers("blocks.*.hook_resid_post")` of a run with one position a row.
 * @param earlier the same, of the same examples in the same order.
 * @throws CircuitbookError when the two differ in shape.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const tap = "blocks.*.hook_resid_post";
 * const rows = ["1 + 2 = 3 (not 5)", "2 + 3 = 5 (not 9)"];
 * const [later, earlier] = [[-1], [4]].map((position) => model.run(rows, { tap, positions: rows.map(() => position) }));
 * assertEquals(steering.contrast((await later).layers(tap), (await earlier).layers(tap)).n, 2);
 * ```
 */
export function contrast(later: Tensor, earlier: Tensor): Contrast {
  if (later.axes.join() !== "layer,example,d_model" || later.describe() !== earlier.describe()) {
    throw new CircuitbookError(
      `Expected two tensors [layer, example, d_model] of one shape but found ${later.describe()} and ` +
        `${earlier.describe()}; give one position for each row as "positions".`,
    );
  }
  return new Contrast(new Tensor(difference(later.data, earlier.data), later.sizes));
}

const cosinesSchema = z.strictObject({
  seed: wholeNumber.optional(),
  resamples: wholeNumber.optional(),
});

/**
 * The cosine between two contrasts, or a contrast and other vectors, at each layer, as a table: `layer`, `cosine`, `low`, `high`
 * (percentile bootstrap over the examples of both contrasts; other vectors are taken as they are), `n` (of the smaller). Random
 * vectors have cosines of about ±1/√d_model.
 *
 * @param b another contrast, or a function that gives the vector of a layer, such as the directions of probes.
 * @throws CircuitbookError when they have other layers or sizes.
 *
 * @example
 * ```ts
 * import { steering, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const at = (values: number[]) => new Tensor(new Float32Array(values), { layer: 1, example: 1, d_model: 2 });
 * const [a, b] = [[2, 0], [0, 3]].map((end) => steering.contrast(at(end), at([0, 0])));
 * assertEquals(steering.contrastCosines(a, b).getColumn("cosine").toArray(), [0]);
 * ```
 */
export function contrastCosines(
  a: Contrast,
  b: Contrast | ((layer: number) => ArrayLike<number>),
  options: { seed?: number; resamples?: number } = {},
): pl.DataFrame {
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
  return pl.DataFrame(a.layers.map((layer) => {
    const values = draws.map((vectors) => cosine(vectors[0](layer), vectors[1](layer))).sort((
      x,
      y,
    ) => x - y);
    const at = (share: number) =>
      values[Math.min(values.length - 1, Math.floor(share * values.length))];
    const value = cosine(a.vector(layer), vectorOf(layer));
    return {
      layer,
      cosine: value,
      low: at(0.025) ?? value,
      high: at(0.975) ?? value,
      n: Math.min(a.n, other?.n ?? a.n),
    };
  }));
}

/**
 * The cosine at one layer of a table that {@link contrastCosines} returned, with its interval.
 *
 * @throws CircuitbookError when the table does not have the layer.
 *
 * @example
 * ```ts
 * import { steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame([{ layer: 3, cosine: 0.5, low: 0.4, high: 0.6, n: 40 }]);
 * assertEquals(steering.cosineAt(table, 3), { value: 0.5, low: 0.4, high: 0.6, n: 40 });
 * ```
 */
export function cosineAt(table: pl.DataFrame, layer: number): Estimate {
  return estimateWhere(table, { layer }, "cosine");
}
