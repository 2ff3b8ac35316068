import type { Tensor } from "../base/tensor.ts";
import { notFinite } from "./parts/colour.ts";
import { formatNumber } from "./parts/text.ts";

/**
 * A tensor in a line: axes and sizes, range and mean of its finite values, and how many are no numbers.
 *
 * @example
 * ```ts
 * import { plot, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const x = new Tensor(new Float32Array([1, 2, 6, NaN]), { position: 4 });
 * assertEquals(plot.tensorFacts(x), "[position 4], 1 to 6, mean 3, 1 NaN");
 * ```
 */
export function tensorFacts(tensor: Tensor): string {
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  let finite = 0;
  for (const value of tensor.data) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
    finite++;
  }
  const range = finite
    ? `${formatNumber(low)} to ${formatNumber(high)}, mean ${formatNumber(sum / finite)}`
    : "no finite value";
  return [tensor.describe(), range, notFinite(tensor.data)].filter(Boolean).join(", ");
}
