import { CircuitbookError } from "../base/errors.ts";

/** The values as a list. @throws CircuitbookError when one is not finite. */
export function finite(values: ArrayLike<number>): number[] {
  const list = Array.from(values);
  const bad = list.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new CircuitbookError(`Expected finite numbers but found ${list[bad]} at ${bad}.`);
  return list;
}
