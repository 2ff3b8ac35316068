import type { Tensor } from "../../base/tensor.ts";
import type { Cache } from "./cache.ts";

/**
 * Returns the activation of one row of a run at a hook point, without the batch axis and the
 * padding.
 *
 * @param cache the run, which has tapped all positions of the hook point.
 * @param point the name of the hook point.
 * @param row the row, counted from 0.
 * @returns [position, …], or [head, query, key] for an attention grid.
 * @throws CircuitbookError if the run has not tapped the hook point.
 */
export function rowOf(cache: Cache, point: string, row: number): Tensor {
  const tensor = cache.get(point);
  const own = { from: cache.pads[row] };
  return tensor.slice({
    batch: row,
    ...tensor.axes.includes("query") ? { query: own, key: own } : { position: own },
  });
}
