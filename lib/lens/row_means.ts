import { Tensor } from "../base/tensor.ts";
import { identity, normOf } from "./matrices.ts";

/**
 * The means of square matrices over texts, one matrix for each layer. A text may add some rows
 * only, so that every row is the mean over the texts that added it.
 */
export class RowMeans {
  /** By layer, the sum of the matrices over texts, [row, feature]. */
  readonly #sums: Float32Array[];
  /** By layer, the sum over texts of the squared norm of each row. */
  readonly #squares: Float64Array[];
  /** The number of texts that added each row. */
  readonly #counts: Uint32Array;
  readonly #size: number;

  /**
   * Creates means of no texts.
   *
   * @param layers the number of matrices.
   * @param size the number of rows and columns of each matrix.
   */
  constructor(layers: number, size: number) {
    this.#size = size;
    this.#sums = Array.from({ length: layers }, () => new Float32Array(size * size));
    this.#squares = Array.from({ length: layers }, () => new Float64Array(size));
    this.#counts = new Uint32Array(size);
  }

  /**
   * Adds some rows of the matrices of one text.
   *
   * @param rows which rows are added.
   * @param slopes by layer, [batch, position, d_model]; the mean over positions of batch row i is
   * added to `rows[i]`.
   */
  add(rows: readonly number[], slopes: readonly Tensor[]): void {
    rows.forEach((row) => this.#counts[row]++);
    slopes.forEach(({ data, shape: [, positions] }, layer) => {
      rows.forEach((row, i) => {
        const mean = meanOfVectors(
          data.subarray(i * positions * this.#size, (i + 1) * positions * this.#size),
          this.#size,
        );
        const sum = this.#sums[layer];
        const first = row * this.#size;
        for (let feature = 0; feature < this.#size; feature++) {
          sum[first + feature] += mean[feature];
          this.#squares[layer][row] += mean[feature] ** 2;
        }
      });
    });
  }

  /**
   * Returns the mean [output, input] of each layer, followed by the identity for the last layer.
   */
  matrices(): Tensor[] {
    const size = this.#size;
    const counts = this.#counts;
    const means = this.#sums.map((sum) =>
      sum.map((value, i) => value / counts[Math.floor(i / size)])
    );
    return [
      ...means.map((data) => new Tensor(data, { output: size, input: size })),
      identity(size),
    ];
  }

  /**
   * Returns the norm of the standard error of each mean over texts, as a share of the norm of the
   * mean; null if a row has only one text, and 0 for the identity.
   *
   * @param matrices what {@link matrices} returned.
   */
  errors(matrices: readonly Tensor[]): (number | null)[] {
    if (this.#counts.some((count) => count < 2)) {
      return matrices.map((_, layer) => layer < this.#sums.length ? null : 0);
    }
    return matrices.map((matrix, layer) =>
      layer < this.#sums.length
        ? Math.sqrt(this.#variance(matrix, this.#squares[layer])) / normOf(matrix.data)
        : 0
    );
  }

  /** Returns the sum of the variances of all entries of a mean. */
  #variance({ data }: Tensor, squares: Float64Array): number {
    const size = this.#size;
    const counts = this.#counts;
    const sum = squares.reduce((sum, square, row) => {
      const mean = normOf(data.subarray(row * size, (row + 1) * size));
      return sum + (square - counts[row] * mean ** 2) / (counts[row] * (counts[row] - 1));
    }, 0);
    // Rounding may make the difference of two nearly equal sums negative.
    return Math.max(0, sum);
  }
}

/** Returns the mean of vectors that are stored one after the other, in f64. */
function meanOfVectors(vectors: Float32Array, size: number): Float64Array {
  const mean = new Float64Array(size);
  const count = vectors.length / size;
  for (let first = 0; first < vectors.length; first += size) {
    for (let i = 0; i < size; i++) mean[i] += vectors[first + i];
  }
  return mean.map((sum) => sum / count);
}
