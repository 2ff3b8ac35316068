import { CircuitbookError } from "../base/errors.ts";
import type { Cache } from "../model/cache.ts";

/** The residual streams after a layer that a run has tapped: name of the hook point, and number of the layer. */
export function streams(cache: Cache): { name: string; layer: number }[] {
  const found = cache.names.flatMap((name) => {
    const layer = /^blocks\.(\d+)\.hook_resid_post$/.exec(name)?.[1];
    return layer === undefined ? [] : [{ name, layer: Number(layer) }];
  });
  if (found.length) return found;
  throw new CircuitbookError(
    `Expected a run with blocks.*.hook_resid_post tapped but found ${cache.names.join(", ") || "nothing"}.`,
  );
}
