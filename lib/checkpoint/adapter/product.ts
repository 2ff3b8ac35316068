import { transposed } from "../transposed.ts";

/** The two matrices of a low-rank product that is added to a weight. */
export interface LowRankProduct {
  /** [rank, in], row-major. */
  readonly a: Float32Array;
  /** [out, rank], row-major. */
  readonly b: Float32Array;
  /** The rank of the product. */
  readonly rank: number;
  /** The factor of the product. */
  readonly scaling: number;
  /** Whether the weight is stored [in, out]: GPT-2's matrices, and every embedding. */
  readonly transposed: boolean;
}

/**
 * Adds scaling · B A to rows of a weight, in place (Hu et al. 2021, arXiv 2106.09685).
 *
 * @param weight the rows `from` to `to` (exclusive) of the weight, as the weight is stored.
 * @param count how many rows the whole weight has.
 */
export function addProduct(
  weight: Float32Array,
  { a, b, rank, scaling, transposed: inOut }: LowRankProduct,
  { from, to, count }: { from: number; to: number; count: number },
): void {
  // In every layout, `left` is [rank, rows of the weight] and `right` is [rank, columns].
  const bByRank = transposed(b, b.length / rank, rank);
  const left = inOut ? a : bByRank;
  const right = inOut ? bByRank : a;
  const width = right.length / rank;
  const sums = new Float64Array(width);
  for (let row = from; row < to; row++) {
    sums.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = left[k * count + row];
      for (let i = 0; i < width; i++) sums[i] += factor * right[k * width + i];
    }
    const at = (row - from) * width;
    for (let i = 0; i < width; i++) weight[at + i] += Math.fround(sums[i] * scaling);
  }
}
