import { z } from "zod";
import type { OpenedModel } from "../../model/load.ts";
import {
  answerFields,
  type ComparedTokens,
  comparedTokens,
  idField,
  promptFields,
  promptTokens,
} from "../prompts/fields.ts";
import { parsedLine, readJsonLines } from "../prompts/json_lines.ts";

/** A prompt of a sweep, and the two tokens whose logits are compared after it. */
export interface SweepPrompt extends ComparedTokens {
  readonly id: string | number;
  readonly tokens: readonly number[];
}

const lineSchema = z.looseObject({
  id: idField,
  ...promptFields,
  ...answerFields,
}, "to be an object");

/**
 * Returns the prompts of a JSONL file. Empty lines and unknown keys are ignored.
 *
 * @throws CircuitbookError if there is no such file or no prompt in it, or if lines are bad. The
 * message gives the numbers of the bad lines.
 */
export function readSweepPrompts(path: string, model: OpenedModel): Promise<SweepPrompt[]> {
  return readJsonLines(path, (line) => {
    const fields = parsedLine(line, lineSchema);
    return {
      id: fields.id,
      tokens: promptTokens(fields, model),
      ...comparedTokens(fields, model),
    };
  });
}
