import type { Tensor } from "../../base/tensor.ts";
import type { Cache } from "./cache.ts";

/**
 * Returns the activation of one row of a run at a hook point, without the batch axis and the
 * padding.
 */
export function rowOf(cache: Cache, point: string, row: number): Tensor {
  const tensor = cache.get(point);
  const own = { from: cache.pads[row] };
  return tensor.slice({
    batch: row,
    ...tensor.axes.includes("query") ? { query: own, key: own } : { position: own },
  });
}
