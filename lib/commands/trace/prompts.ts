import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { OpenedModel } from "../../model/load.ts";
import { idField, tokensField, tokensOf } from "../prompts/fields.ts";
import { parsedLine, readJsonLines } from "../prompts/json_lines.ts";

/** A prompt of a table of activations. */
export interface TracePrompt {
  readonly id: string | number;
  readonly tokens: readonly number[];
}

const lineSchema = z.looseObject({
  id: idField,
  text: z.string("to be a text").nullish(),
  tokens: tokensField.nullish(),
}, "to be an object");

/**
 * Returns the prompts of a JSONL file. Empty lines do not count, and keys other than these three are ignored.
 *
 * @throws CircuitbookError if there is no such file or no prompt in it, or lines are bad: the message names them by number.
 */
export function readTracePrompts(path: string, model: OpenedModel): Promise<TracePrompt[]> {
  return readJsonLines(path, (line) => {
    const { id, text, tokens } = parsedLine(line, lineSchema);
    if ((text ?? undefined) === undefined === ((tokens ?? undefined) === undefined)) {
      throw new CircuitbookError(
        `Expected either "text" or "tokens" but found ${text === undefined ? "neither" : "both"}.`,
      );
    }
    return { id, tokens: tokensOf(text ?? tokens!, model) };
  });
}
