import type { Tensor } from "../../base/tensor.ts";
import { notFinite } from "./colour.ts";
import { formatNumber } from "./text.ts";

/**
 * Returns a tensor in words: its axes, the range and mean of its finite values, and the number of
 * values that are not finite, such as "[position 4], 1 to 6, mean 3, 1 NaN".
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
