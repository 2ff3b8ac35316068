import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { OpenedModel } from "../../model/load.ts";
import {
  answerFields,
  type ComparedTokens,
  comparedTokens,
  idField,
  tokensField,
  tokensOf,
} from "../prompts/fields.ts";
import { parsedLine, readJsonLines } from "../prompts/json_lines.ts";

/**
 * A clean and a corrupted prompt of equal length, and the two tokens whose logits are compared
 * after them.
 */
export interface PatchPair extends ComparedTokens {
  readonly id: string | number;
  readonly clean: readonly number[];
  readonly corrupted: readonly number[];
}

const prompt = z.union([z.string(), tokensField], "to be a text, or a list of token ids");
const lineSchema = z.looseObject(
  { id: idField, clean: prompt, corrupted: prompt, ...answerFields },
  "to be an object",
);

/**
 * Returns the pairs of a JSONL file. Empty lines and unknown keys are ignored.
 *
 * @throws CircuitbookError if there is no such file or no pair in it, or if lines are bad. The
 * message gives the numbers of the bad lines.
 */
export function readPairs(path: string, model: OpenedModel): Promise<PatchPair[]> {
  return readJsonLines(path, (line) => {
    const { id, clean, corrupted, ...compared } = parsedLine(line, lineSchema);
    const pair = {
      id,
      clean: tokensOf(clean, model, "clean"),
      corrupted: tokensOf(corrupted, model, "corrupted"),
      ...comparedTokens(compared, model),
    };
    if (pair.clean.length === pair.corrupted.length) return pair;
    throw new CircuitbookError(
      `Expected two prompts with the same number of tokens but found ${pair.clean.length} and ${pair.corrupted.length} tokens.`,
    );
  });
}
