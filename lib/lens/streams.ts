import { CircuitbookError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Cache } from "../model/plan/cache.ts";
import { longestOf } from "../base/lists.ts";

/** A tapped residual stream: the name of its hook point, and its layer. */
interface Stream {
  name: string;
  layer: number;
}

/**
 * Returns the residual streams that a run has tapped after its layers.
 *
 * @throws CircuitbookError if no `hook_resid_post` was tapped.
 */
export function streams(cache: Cache): Stream[] {
  const found = cache.names.flatMap((name) => {
    const layer = /^blocks\.(\d+)\.hook_resid_post$/.exec(name)?.[1];
    return layer === undefined ? [] : [{ name, layer: Number(layer) }];
  });
  if (found.length) return found;
  throw new CircuitbookError(
    `Expected a run with blocks.*.hook_resid_post tapped but found ${
      cache.names.join(", ") || "nothing"
    }.`,
  );
}

/**
 * Returns the residual streams that a run has tapped, none of whose positions is padding.
 *
 * @throws CircuitbookError if no `hook_resid_post` was tapped, or rows of different lengths were
 * tapped at all positions.
 */
export function unpaddedStreams(cache: Cache): Stream[] {
  const found = streams(cache);
  const { sizes } = cache.get(found[0].name);
  const longest = longestOf(cache.tokens);
  // Chosen positions are never padding: they count from the first token of their row.
  if (cache.pads.every((pad) => pad === 0) || sizes.position !== longest) return found;
  throw new CircuitbookError(
    "Expected rows of equal length, or chosen positions, but found padding; give positions to the run.",
  );
}

/**
 * Returns the vectors of a residual stream at all its positions, row by row, as [example, d_model].
 */
export function examplesOf(stream: Tensor): Tensor {
  const size = stream.size("d_model");
  return stream.reshape({ example: stream.data.length / size, d_model: size });
}
