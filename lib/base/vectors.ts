import { checkArguments, is } from "./arguments.ts";
import { CircuitbookError } from "./errors.ts";
import { normal, seededRandom, shuffle } from "./random.ts";
import { Tensor } from "./tensor.ts";

/** How much of a vector lies in the span of others. */
export interface Explained {
  /**
   * The linear combination of the others that is closest to the vector: its projection onto the
   * span.
   */
  readonly combination: Float32Array;
  /** The share of the vector's squared length that lies in the span, from 0 to 1. */
  readonly share: number;
}

/**
 * The span of some vectors: all their linear combinations. {@link spanOf} makes it.
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const line = vectors.spanOf(
 *   new Tensor(new Float32Array([1, 1, 2, 2]), { example: 2, d_model: 2 }),
 * );
 * assertEquals([line.size, line.rank], [2, 1]);
 * ```
 */
export class Span {
  readonly #basis: Float32Array;

  /**
   * Makes the span of the rows of a matrix.
   *
   * @param vectors The vectors, as [example, d_model].
   * @throws CircuitbookError if the tensor does not have exactly two axes.
   */
  constructor(vectors: Tensor) {
    if (vectors.shape.length !== 2) {
      throw new CircuitbookError(
        `Expected vectors [example, d_model] but found ${vectors.describe()}.`,
      );
    }
    this.size = vectors.shape[1];
    this.#basis = orthonormalBasis(vectors.data, this.size);
  }

  /** The number of components of a vector. */
  readonly size: number;

  /** The dimension of the span: how many of the vectors are linearly independent. */
  get rank(): number {
    return this.#basis.length / this.size;
  }

  /**
   * Returns how much of a vector lies in the span.
   *
   * @param vector as many numbers as the vectors of the span have.
   * @returns the projection of the vector onto the span, and the share of its squared length.
   * @throws CircuitbookError if the vector has another size, is zero, or is not finite.
   */
  explains(vector: ArrayLike<number>): Explained {
    const basis = this.#basis;
    const { size } = this;
    const length = lengthOf(vector, size);
    const combination = new Float32Array(size);
    for (let start = 0; start < basis.length; start += size) {
      let dot = 0;
      for (let i = 0; i < size; i++) dot += basis[start + i] * vector[i];
      for (let i = 0; i < size; i++) combination[i] += dot * basis[start + i];
    }
    return { combination, share: (Math.hypot(...combination) / length) ** 2 };
  }
}

/**
 * Returns the span of some vectors. The span says how much of another vector is a linear
 * combination of these vectors.
 *
 * @param vectors the vectors, as [example, d_model]; the axes may have other names.
 * @returns the span.
 * @throws CircuitbookError if the tensor does not have exactly two axes.
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const plane = vectors.spanOf(
 *   new Tensor(new Float32Array([1, 0, 0, 1, 1, 0]), { token: 2, d_model: 3 }),
 * );
 * assertAlmostEquals(plane.explains([3, 0, 4]).share, 0.36);
 * ```
 */
export function spanOf(vectors: Tensor): Span {
  checkArguments("spanOf", { vectors: [vectors, is.tensor] });

  return new Span(vectors);
}

/**
 * Returns a vector with the direction of another and a given length.
 *
 * @param vector gives the direction.
 * @param length the length (L2 norm) of the result.
 * @param size how many numbers the vector must have, such as d_model.
 * @returns the scaled vector.
 * @throws CircuitbookError if the vector has another size, is zero, or is not finite.
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(vectors.scaledTo([3, 0, 4], 10, 3), [6, 0, 8]);
 * ```
 */
export function scaledTo(vector: ArrayLike<number>, length: number, size: number): number[] {
  checkArguments("scaledTo", {
    vector: [vector, is.numbers],
    length: [length, is.number],
    size: [size, is.number],
  });

  const factor = length / lengthOf(vector, size);
  return Array.from(vector, (value) => value * factor);
}

/**
 * Returns the length (L2 norm) of a vector. Throws if the vector has another size, is zero, or is
 * not finite.
 */
function lengthOf(vector: ArrayLike<number>, size: number): number {
  const length = Math.hypot(...Array.from(vector));
  if (vector.length === size && length > 0 && Number.isFinite(length)) return length;
  throw new CircuitbookError(
    `Expected a vector of ${size} finite numbers, not all zero, but found ${vector.length} with the norm ${length}.`,
  );
}

/**
 * Returns random directions, uniform on the unit sphere: a control for steering and for
 * projections.
 *
 * @param options `n`: how many directions. `size`: how many numbers each has, such as d_model.
 * `seed`: default 0.
 * @returns unit vectors, [example, d_model].
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { data } = vectors.randomDirections({ n: 2, size: 8, seed: 1 }).slice({ example: 0 });
 * assertAlmostEquals(Math.hypot(...data), 1, 1e-6);
 * ```
 */
export function randomDirections(
  options: { n: number; size: number; seed?: number },
): Tensor {
  checkArguments("randomDirections", { options: [options, is.like("an object", "n", "size")] });
  const { n, size, seed = 0 } = options;

  const random = seededRandom(seed);
  const data = new Float32Array(n * size);
  for (let row = 0; row < n; row++) {
    const vector = Float64Array.from({ length: size }, () => normal(random));
    const length = Math.hypot(...vector);
    data.set(vector.map((value) => value / length), row * size);
  }
  return new Tensor(data, { example: n, d_model: size });
}

/**
 * Returns random sets of tokens: a control for sets of chosen words. No token is twice in a set.
 *
 * @param options `sets`: how many sets. `size`: how many tokens each has. `vocab`: how many tokens
 * there are to choose from. `seed`: default 0.
 * @returns for each set its token ids.
 * @throws CircuitbookError if a set would need more tokens than there are.
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   vectors.randomTokenSets({ sets: 3, size: 5, vocab: 100, seed: 1 }).map((set) =>
 *     new Set(set).size
 *   ),
 *   [5, 5, 5],
 * );
 * ```
 */
export function randomTokenSets(
  options: { sets: number; size: number; vocab: number; seed?: number },
): number[][] {
  checkArguments("randomTokenSets", {
    options: [options, is.like("an object", "sets", "size", "vocab")],
  });
  const { sets, size, vocab, seed = 0 } = options;

  if (size > vocab) {
    throw new CircuitbookError(`Expected at most ${vocab} tokens in a set but found ${size}.`);
  }
  const random = seededRandom(seed);
  const ids = Array.from({ length: vocab }, (_, id) => id);
  return Array.from({ length: sets }, () => shuffle(random, ids).slice(0, size));
}

/**
 * Returns the mean of some vectors.
 *
 * @param vectors the vectors, as [example, d_model].
 * @returns the mean, [d_model].
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([
 *   ...vectors.meanVector(new Tensor(new Float32Array([1, 2, 3, 4]), { token: 2, d_model: 2 })),
 * ], [2, 3]);
 * ```
 */
export function meanVector(vectors: Tensor): Float32Array {
  checkArguments("meanVector", { vectors: [vectors, is.tensor] });
  const { data, shape: [count, size] } = vectors;

  const mean = new Float32Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size] += data[i] / count;
  return mean;
}

/**
 * Returns the mean length (L2 norm) of some vectors, such as the residual stream at some positions.
 *
 * @param vectors the vectors, along the last axis.
 * @returns the mean of their lengths.
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   vectors.meanNorm(new Tensor(new Float32Array([3, 4, 0, 1]), { example: 2, d_model: 2 })),
 *   3,
 * );
 * ```
 */
export function meanNorm(vectors: Tensor): number {
  checkArguments("meanNorm", { vectors: [vectors, is.tensor] });
  const { data, shape } = vectors;

  const size = shape.at(-1)!;
  const count = data.length / size;
  let sum = 0;
  for (let start = 0; start < data.length; start += size) {
    sum += Math.hypot(...data.subarray(start, start + size));
  }
  return sum / count;
}

/**
 * Returns one vector minus another.
 *
 * @param a a vector.
 * @param b the vector that is subtracted.
 * @returns a − b.
 * @throws CircuitbookError if the vectors differ in size.
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...vectors.difference([3, 4], [1, 1])], [2, 3]);
 * ```
 */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): Float32Array {
  checkArguments("difference", { a: [a, is.numbers], b: [b, is.numbers] });

  if (a.length !== b.length) {
    throw new CircuitbookError(
      `Expected vectors of one size but found ${a.length} and ${b.length} numbers.`,
    );
  }
  return Float32Array.from(a, (value, i) => value - b[i]);
}

/**
 * Returns the cosine of the angle between two vectors.
 *
 * @param a a vector.
 * @param b a vector with as many numbers as `a`.
 * @returns a number from −1 to 1.
 * @throws CircuitbookError if the vectors differ in size, or if one is zero or not finite.
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(vectors.cosine([3, 4], [4, 3]), 0.96);
 * ```
 */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkArguments("cosine", { a: [a, is.numbers], b: [b, is.numbers] });

  const lengths = lengthOf(a, b.length) * lengthOf(b, a.length);
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += a[i] * b[i];
  return Math.max(-1, Math.min(1, dot / lengths));
}

/**
 * Returns an orthonormal basis of the span of some vectors, by the method of Gram and Schmidt.
 *
 * @param rows the vectors, one after the other.
 * @param size how many numbers each vector has.
 * @returns the vectors of the basis, one after the other. There are fewer of them than rows if the
 * rows are linearly dependent.
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...vectors.orthonormalBasis([3, 0, 5, 2], 2)], [1, 0, 0, 1]);
 * ```
 */
export function orthonormalBasis(rows: ArrayLike<number>, size: number): Float32Array {
  checkArguments("orthonormalBasis", { rows: [rows, is.numbers], size: [size, is.number] });

  const basis: Float64Array[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const vector = new Float64Array(size);
    for (let i = 0; i < size; i++) vector[i] = rows[start + i];
    const before = Math.hypot(...vector);
    // The second pass removes the parts along other directions that the first pass left through
    // rounding.
    for (let pass = 0; pass < 2; pass++) {
      // Loops take a tenth of the time of `reduce` and `forEach`, which call a function for each
      // number.
      for (const unit of basis) {
        let dot = 0;
        for (let i = 0; i < size; i++) dot += unit[i] * vector[i];
        for (let i = 0; i < size; i++) vector[i] -= dot * unit[i];
      }
    }
    const norm = Math.hypot(...vector);
    // The rest of a dependent vector is rounding.
    if (norm > 1e-6 * before) basis.push(vector.map((v) => v / norm));
  }
  return Float32Array.from(basis.flatMap((unit) => [...unit]));
}
