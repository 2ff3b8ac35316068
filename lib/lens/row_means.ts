import { Tensor } from "../base/tensor.ts";
import { identity, normOf } from "./jacobians.ts";

/** Averages of the rows of some square matrices, row by row from as many texts as had it. */
export class RowMeans {
  readonly #sums: Float32Array[];
  /** By layer and row, the sum over texts of the squared norm of the row. */
  readonly #squares: Float64Array[];
  readonly #counts: Uint32Array;

  readonly #size: number;

  /** @param layers how many matrices there are; in {@link matrices} the identity follows them. */
  constructor(layers: number, size: number) {
    this.#size = size;

    this.#sums = Array.from({ length: layers }, () => new Float32Array(size * size));
    this.#squares = Array.from({ length: layers }, () => new Float64Array(size));
    this.#counts = new Uint32Array(size);
  }

  /**
   * Adds some rows of all matrices.
   *
   * @param slopes by layer, [batch, position, d_model]: averaged over positions, the rows.
   */
  add(rows: readonly number[], slopes: readonly Tensor[]): void {
    rows.forEach((row) => this.#counts[row]++);
    slopes.forEach(({ data, shape: [, positions] }, layer) => {
      rows.forEach((row, i) => {
        const mean = meanOf(
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

  /** The averages [output, input] by layer, and the identity. */
  matrices(): Tensor[] {
    const size = this.#size;
    const counts = this.#counts;
    const averaged = this.#sums.map((sum) =>
      sum.map((value, i) => value / counts[Math.floor(i / size)])
    );
    return [
      ...averaged.map((data) => new Tensor(data, { output: size, input: size })),
      identity(size),
    ];
  }

  /**
   * By layer, the norm of the standard error over texts, as a share of the norm of the average; null where some row is of one text.
   *
   * @param matrices the averages.
   */
  errors(matrices: readonly Tensor[]): (number | null)[] {
    if (this.#counts.some((count) => count < 2)) {
      return matrices.map((_, layer) => layer < this.#sums.length ? null : 0);
    }
    return matrices.map((matrix, layer) =>
      layer < this.#sums.length
        ? Math.sqrt(this.#variance(matrix, this.#squares[layer])) / normOf(matrix)
        : 0
    );
  }

  /** The sum of the variances of all entries of an average. */
  #variance({ data }: Tensor, squares: Float64Array): number {
    const size = this.#size;
    const counts = this.#counts;
    const sum = squares.reduce((sum, square, row) => {
      const mean = normOf(new Tensor(data.subarray(row * size, (row + 1) * size), { input: size }));
      return sum + (square - counts[row] * mean ** 2) / (counts[row] * (counts[row] - 1));
    }, 0);
    return Math.max(0, sum);
  }
}

/** The mean of vectors that lie behind each other. */
function meanOf(vectors: Float32Array, size: number): Float64Array {
  const mean = new Float64Array(size);
  const count = vectors.length / size;
  for (let first = 0; first < vectors.length; first += size) {
    for (let i = 0; i < size; i++) mean[i] += vectors[first + i];
  }
  return mean.map((sum) => sum / count);
}
