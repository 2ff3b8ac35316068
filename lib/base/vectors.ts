import { CircuitbookError } from "./errors.ts";
import { normal, seededRandom, shuffle } from "./random.ts";
import { Tensor } from "./tensor.ts";

/** A vector as far as some others span it. */
export interface Explained {
  /** The part of the vector in their span: the linear combination that comes closest to it. */
  readonly combination: Float32Array;
  /** The share of the vector's squared length that lies in the span, from 0 to 1. */
  readonly share: number;
}

/**
 * All linear combinations of some vectors. Made by {@link spanOf}.
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const line = vectors.spanOf(new Tensor(new Float32Array([1, 1, 2, 2]), { example: 2, d_model: 2 }));
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

  /** How many numbers a vector has. */
  readonly size: number;

  /** How many of the vectors are independent. */
  get rank(): number {
    return this.#basis.length / this.size;
  }

  /**
   * How much of a vector the span explains (by least squares), and the combination that comes closest to it.
   *
   * @throws CircuitbookError when the vector has another size, or is zero or not finite.
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
 * The span of some vectors: says how much of another vector is a linear combination of them.
 *
 * @param vectors [example, d_model], under any names.
 * @throws CircuitbookError when the tensor has other than two axes.
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const plane = vectors.spanOf(new Tensor(new Float32Array([1, 0, 0, 1, 1, 0]), { token: 2, d_model: 3 }));
 * assertAlmostEquals(plane.explains([3, 0, 4]).share, 0.36);
 * ```
 */
export function spanOf(vectors: Tensor): Span {
  return new Span(vectors);
}

/**
 * A vector of another length along the same direction.
 *
 * @param size how many numbers it must have, such as d_model.
 * @throws CircuitbookError when it has another size, or is zero or not finite.
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
  const factor = length / lengthOf(vector, size);
  return Array.from(vector, (value) => value * factor);
}

function lengthOf(vector: ArrayLike<number>, size: number): number {
  const length = Math.hypot(...Array.from(vector));
  if (vector.length === size && length > 0 && Number.isFinite(length)) return length;
  throw new CircuitbookError(
    `Expected a vector of ${size} finite numbers, not all zero, but found ${vector.length} with the norm ${length}.`,
  );
}

/**
 * Random directions, each uniform on the unit sphere: a control for steering and for projections.
 *
 * @returns [example, d_model].
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
  { n, size, seed = 0 }: { n: number; size: number; seed?: number },
): Tensor {
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
 * Random sets of tokens, each of as many different ids as asked for: a control for sets of chosen words.
 *
 * @throws CircuitbookError when a set would need more tokens than there are.
 *
 * @example
 * ```ts
 * import { vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(vectors.randomTokenSets({ sets: 3, size: 5, vocab: 100, seed: 1 }).map((set) => new Set(set).size), [5, 5, 5]);
 * ```
 */
export function randomTokenSets(
  { sets, size, vocab, seed = 0 }: { sets: number; size: number; vocab: number; seed?: number },
): number[][] {
  if (size > vocab) {
    throw new CircuitbookError(`Expected at most ${vocab} tokens in a set but found ${size}.`);
  }
  const random = seededRandom(seed);
  const ids = Array.from({ length: vocab }, (_, id) => id);
  return Array.from({ length: sets }, () => shuffle(random, ids).slice(0, size));
}

/**
 * The mean of some vectors.
 *
 * @param vectors [example, d_model].
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...vectors.meanVector(new Tensor(new Float32Array([1, 2, 3, 4]), { token: 2, d_model: 2 }))], [2, 3]);
 * ```
 */
export function meanVector({ data, shape: [count, size] }: Tensor): Float32Array {
  const mean = new Float32Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size] += data[i] / count;
  return mean;
}

/**
 * The mean length of some vectors along the last axis, such as that of the residual stream.
 *
 * @example
 * ```ts
 * import { Tensor, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(vectors.meanNorm(new Tensor(new Float32Array([3, 4, 0, 1]), { example: 2, d_model: 2 })), 3);
 * ```
 */
export function meanNorm({ data, shape }: Tensor): number {
  const size = shape.at(-1)!;
  const count = data.length / size;
  let sum = 0;
  for (let start = 0; start < data.length; start += size) {
    sum += Math.hypot(...data.subarray(start, start + size));
  }
  return sum / count;
}

/**
 * One vector minus another.
 *
 * @throws CircuitbookError when they differ in size.
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
  if (a.length !== b.length) {
    throw new CircuitbookError(
      `Expected vectors of one size but found ${a.length} and ${b.length} numbers.`,
    );
  }
  return Float32Array.from(a, (value, i) => value - b[i]);
}

/**
 * The cosine of the angle between two vectors, from −1 to 1.
 *
 * @throws CircuitbookError when they differ in size, or one is zero or not finite.
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
  const lengths = lengthOf(a, b.length) * lengthOf(b, a.length);
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += a[i] * b[i];
  return Math.max(-1, Math.min(1, dot / lengths));
}

/** An orthonormal basis (Gram–Schmidt, twice for accuracy) of the span of rows of a size, flat. */
export function orthonormalBasis(rows: ArrayLike<number>, size: number): Float32Array {
  const basis: Float64Array[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const vector = Float64Array.from({ length: size }, (_, i) => rows[start + i]);
    const before = Math.hypot(...vector);
    for (let pass = 0; pass < 2; pass++) {
      for (const unit of basis) {
        const dot = unit.reduce((sum, u, i) => sum + u * vector[i], 0);
        unit.forEach((u, i) => vector[i] -= dot * u);
      }
    }
    const norm = Math.hypot(...vector);
    if (norm > 1e-6 * before) basis.push(vector.map((v) => v / norm));
  }
  return Float32Array.from(basis.flatMap((unit) => [...unit]));
}
