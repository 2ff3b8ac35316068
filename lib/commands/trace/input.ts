import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { readJson } from "../../checkpoint/files.ts";
import { type Edit, parseEdits } from "../../model/plan/edit.ts";
import type { TraceArguments } from "./arguments.ts";

const rowsOfTokens = z.array(z.array(z.number().int()));

/**
 * Returns the prompts of a trace: the text, or the rows of token ids of a file.
 *
 * @throws CircuitbookError if the file does not hold rows of token ids.
 */
export async function readTracePrompts(
  { text, tokensFile }: TraceArguments,
): Promise<string | number[][]> {
  if (tokensFile === undefined) return text!;
  const json = await readFile(tokensFile);
  const parsed = rowsOfTokens.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path } = parsed.error.issues[0];
  const found = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], json);
  throw new CircuitbookError(
    `Expected rows of token ids ([[1, 2, 3], [4, 5]]) in ${tokensFile} but found ${
      JSON.stringify(found).slice(0, 40)
    }` +
      `${path.length ? ` at [${path.join("][")}]` : ""}.`,
  );
}

/**
 * Returns the edits of a trace from their file.
 *
 * @throws CircuitbookError if the file does not hold a list of valid edits.
 */
export async function readEdits(path: string | undefined): Promise<Edit[]> {
  if (path === undefined) return [];
  const json = await readFile(path);
  try {
    return parseEdits(json);
  } catch (error) {
    if (!(error instanceof CircuitbookError)) throw error;
    throw new CircuitbookError(`${path}: ${error.message}`, { cause: error });
  }
}

async function readFile(path: string): Promise<unknown> {
  const json = await readJson(path);
  if (json === undefined) {
    throw new CircuitbookError(`Expected a JSON file at ${path} but found none.`);
  }
  return json;
}
