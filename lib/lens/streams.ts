import { CircuitbookError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Cache } from "../model/plan/cache.ts";

/** The residual streams after a layer that a run has tapped: name of the hook point, and number of the layer. */
export function streams(cache: Cache): { name: string; layer: number }[] {
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
 * The same, where no position is padding.
 *
 * @throws CircuitbookError when rows of other lengths were tapped at all positions.
 */
export function unpaddedStreams(cache: Cache): { name: string; layer: number }[] {
  const found = streams(cache);
  const { sizes } = cache.get(found[0].name);
  const whole = Math.max(...cache.tokens.map(({ length }) => length));
  if (cache.pads.every((pad) => pad === 0) || sizes.position !== whole) return found;
  throw new CircuitbookError(
    "Expected rows of equal length, or chosen positions, but found padding; give positions to the run.",
  );
}

/** All vectors of a residual stream, [example, d_model]: its positions, row by row. */
export function vectorsOf(stream: Tensor): Tensor {
  const size = stream.size("d_model");
  return stream.reshape({ example: stream.data.length / size, d_model: size });
}
