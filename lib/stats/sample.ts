import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { listed } from "../base/shortened.ts";
import { atLeastOne, wholeNumber } from "../base/options.ts";

/** The schema of the options of a bootstrap. */
export const bootstrapShape = {
  seed: wholeNumber.optional(),
  level: z.number("to be a number between 0 and 1").optional(),
  resamples: atLeastOne.optional(),
  groups: z.array(z.union([z.string(), z.number()]), "to be a list of names").optional(),
};

/**
 * Returns values as a list.
 *
 * @throws CircuitbookError if one of them is not finite.
 */
export function finite(values: ArrayLike<number>): number[] {
  const list = Array.from(values);
  const bad = list.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected finite numbers but found ${listed([list[bad]])} at index ${bad}.`,
    );
  }
  return list;
}

/**
 * Returns a confidence level, checked.
 *
 * @throws CircuitbookError unless the level lies between 0 and 1.
 */
export function checkLevel(level: number): number {
  if (!(level > 0 && level < 1)) {
    throw new CircuitbookError(
      `Expected a confidence level between 0 and 1 but found ${listed([level])}.`,
    );
  }
  return level;
}
