import { CircuitbookError } from "../../base/errors.ts";
import { roundToF16 } from "./halves.ts";
import type { WritableTensor } from "./write.ts";

/**
 * Returns weights as f16 tensors, ordered by name.
 *
 * @param weights f32 by name, row-major.
 * @param shapes the shape of each weight, by name.
 * @throws CircuitbookError if a number is too large for f16; names the weight.
 */
export function halvedTensors(
  weights: ReadonlyMap<string, Float32Array>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Record<string, WritableTensor> {
  const names = [...shapes.keys()].sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      { data: halved(name, weights.get(name)!), shape: shapes.get(name)! },
    ]),
  );
}

function halved(name: string, values: Float32Array): Float16Array {
  try {
    return roundToF16(values);
  } catch (error) {
    throw new CircuitbookError(`${(error as Error).message} (weight "${name}")`, { cause: error });
  }
}
