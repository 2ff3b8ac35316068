import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";

/**
 * Checks token ids.
 *
 * @param tokens the ids.
 * @param vocab how many tokens the model knows.
 * @param where where the ids were given, for the message: `in the metric`.
 * @throws CircuitbookError if an id is not in the vocabulary.
 */
export function checkTokenIds(tokens: readonly number[], vocab: number, where: string): void {
  const outside = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocab);
  if (outside === undefined) return;
  throw new CircuitbookError(
    `Expected a token id from 0 to ${vocab - 1} ${where} but found ${shown(outside)}.`,
  );
}
