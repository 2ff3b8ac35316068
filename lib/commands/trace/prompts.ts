import { z } from "zod";
import type { OpenedModel } from "../../model/load.ts";
import { idField, promptFields, promptTokens } from "../prompts/fields.ts";
import { parsedLine, readJsonLines } from "../prompts/json_lines.ts";

/** A prompt whose activations are in the table. */
export interface TracePrompt {
  readonly id: string | number;
  readonly tokens: readonly number[];
}

const lineSchema = z.looseObject({
  id: idField,
  ...promptFields,
}, "to be an object");

/**
 * Returns the prompts of a JSONL file. Empty lines and unknown keys are ignored.
 *
 * @throws CircuitbookError if there is no such file or no prompt in it, or if lines are bad. The
 * message gives the numbers of the bad lines.
 */
export function readTracePrompts(path: string, model: OpenedModel): Promise<TracePrompt[]> {
  return readJsonLines(path, (line) => {
    const fields = parsedLine(line, lineSchema);
    return { id: fields.id, tokens: promptTokens(fields, model) };
  });
}
