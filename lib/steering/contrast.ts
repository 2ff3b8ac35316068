import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, seedOf, shuffle } from "../base/random.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { difference, meanVector, randomDirections, scaledTo } from "../base/vectors.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/** The length of the vector of a contrast at one layer. */
export interface ContrastNorm {
  /** The layer, from 0. */
  layer: number;
  /** The length (L2 norm) of the vector, in units of the residual stream. */
  norm: number;
}

/**
 * The mean difference between activations at two positions of the same examples, at each layer.
 * Returned by {@link contrast}.
 *
 * @example
 * ```ts
 * import { steering, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes = { layer: 1, example: 2, d_model: 2 };
 * const later = new Tensor(new Float32Array([5, 0, 7, 2]), sizes);
 * const earlier = new Tensor(new Float32Array([1, 0, 3, 0]), sizes);
 * const found = steering.contrast(later, earlier);
 * assertEquals([[...found.vector(0)], found.n], [[4, 1], 2]);
 * ```
 */
export class Contrast {
  readonly #differences: Tensor;

  /**
   * Creates a contrast from the differences of examples.
   *
   * @param differences [layer, example, d_model]: for each example, the activation at the later
   * position minus the one at the earlier position.
   */
  constructor(differences: Tensor) {
    this.#differences = differences;
  }

  /** The number of examples that the vectors are means over. */
  get n(): number {
    return this.#differences.size("example");
  }

  /** The layers that have a vector: 0, 1, …. */
  get layers(): number[] {
    return Array.from({ length: this.#differences.size("layer") }, (_, layer) => layer);
  }

  /**
   * Returns the mean difference at a layer, [d_model]. Throws a CircuitbookError if the contrast
   * does not have the layer. The method is bound, so that it can be given to {@link steer} as a
   * vector.
   */
  readonly vector = (layer: number): Float32Array => meanVector(this.#differences.slice({ layer }));

  /**
   * Returns the length of the vector at each layer.
   *
   * @returns a table with one row for each layer.
   */
  norms(): TableOf<ContrastNorm> {
    return tableOf(
      this.layers.map((layer) => ({ layer, norm: Math.hypot(...this.vector(layer)) })),
    );
  }

  /**
   * Returns the contrast of some of the examples.
   *
   * @param examples indices of examples, from 0; an index may occur several times, as in a
   * bootstrap sample.
   * @returns a contrast with `n` = `examples.length`.
   * @throws CircuitbookError if an example does not exist, or the list is empty.
   */
  of(examples: readonly number[]): Contrast {
    if (!examples.length) {
      throw new CircuitbookError(
        "Expected at least one example of the contrast but found an empty list; give indices of examples.",
      );
    }
    return new Contrast(this.#differences.slice({ example: examples }));
  }

  /**
   * Returns the contrasts of two random halves of the examples. Their cosine says how much the
   * vector depends on the examples.
   *
   * @param options the seed. Default 0.
   * @returns two contrasts without a common example.
   */
  halves(options: { readonly seed?: number } = {}): [Contrast, Contrast] {
    const random = seededRandom(options.seed ?? 0);
    const order = shuffle(random, resolveSelection({}, this.n, "example"));
    const half = this.n >> 1;
    return [this.of(order.slice(0, half)), this.of(order.slice(half))];
  }

  /**
   * Returns a control: the mean difference with the two positions swapped at random within each
   * example, with other swaps for each row that is steered.
   *
   * The vector is as long as chance makes it. It must not be brought to the length of the real
   * vector: what all examples have in common survives every swap, so the longer vector would mostly
   * be the real one or its opposite.
   *
   * @param options the seed. Default 0.
   * @returns a function from a layer and a row to a vector.
   */
  shuffled(options: { readonly seed?: number } = {}): (layer: number, row: number) => Float32Array {
    const { seed = 0 } = options;
    return (layer, row) => {
      const { data, sizes } = this.#differences.slice({ layer });
      const random = seededRandom(seedOf(seed, row));
      const signs = Array.from({ length: this.n }, () => random() < 0.5 ? -1 : 1);
      return meanVector(
        new Tensor(data.map((value, i) => value * signs[Math.floor(i / sizes.d_model)]), sizes),
      );
    };
  }

  /**
   * Returns a control: random vectors with the length of the real one, another for each row that is
   * steered.
   *
   * @param options the seed. Default 0.
   * @returns a function from a layer and a row to a vector.
   */
  random(options: { readonly seed?: number } = {}): (layer: number, row: number) => number[] {
    const { seed = 0 } = options;
    const size = this.#differences.size("d_model");
    return (layer, row) => {
      // 1009 is larger than any number of layers, so that no two layers and rows share a seed.
      const { data } = randomDirections({ n: 1, size, seed: seedOf(seed, row * 1009 + layer) });
      return scaledTo(data, Math.hypot(...this.vector(layer)), size);
    };
  }

  /**
   * Returns other vectors scaled to the lengths of the vectors of this contrast, so that only their
   * directions differ.
   *
   * @param vectors a function from a layer to a vector, [d_model].
   * @returns a function from a layer to the scaled vector.
   */
  atLength(vectors: (layer: number) => ArrayLike<number>): (layer: number) => number[] {
    const size = this.#differences.size("d_model");
    return (layer) => scaledTo(vectors(layer), Math.hypot(...this.vector(layer)), size);
  }
}

/**
 * Returns the contrast between activations at a later and an earlier position of the same examples:
 * mean(later) − mean(earlier).
 *
 * With the sentence ends after the last and the first occurrence of the answer, this is the vector
 * of C. Wendler's note "GSM8K based steering vectors for Deepseek-R1-Distill-Llama-8B" (2025).
 *
 * @param later [layer, example, d_model], such as `cache.layers("blocks.*.hook_resid_post")` of a
 * run with one position for each row.
 * @param earlier [layer, example, d_model], of the same examples in the same order.
 * @returns the contrast, with a vector for each layer.
 * @throws CircuitbookError if the two tensors have other axes, or differ in size.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const tap = "blocks.*.hook_resid_post";
 * const rows = ["1 + 2 = 3 (not 5)", "2 + 3 = 5 (not 9)"];
 * const later = await model.run(rows, { tap, positions: [[-1], [-1]] });
 * const earlier = await model.run(rows, { tap, positions: [[4], [4]] });
 * assertEquals(steering.contrast(later.layers(tap), earlier.layers(tap)).n, 2);
 * ```
 */
export function contrast(later: Tensor, earlier: Tensor): Contrast {
  checkArguments("contrast", { later: [later, is.tensor], earlier: [earlier, is.tensor] });

  if (later.axes.join() !== "layer,example,d_model" || later.describe() !== earlier.describe()) {
    throw new CircuitbookError(
      `Expected two tensors [layer, example, d_model] of one shape but found ${later.describe()} and ` +
        `${earlier.describe()}; give one position for each row as "positions".`,
    );
  }
  return new Contrast(new Tensor(difference(later.data, earlier.data), later.sizes));
}
