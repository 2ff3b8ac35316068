import type { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { readText } from "../../checkpoint/files.ts";

/** How many bad lines a message lists. It counts the others. */
const MOST_NAMED = 20;

/**
 * Returns the items of a JSONL file, one for each line that is not empty.
 *
 * @param itemOf returns the item of a line.
 * @throws CircuitbookError if there is no such file or no item in it, if two items have the same
 * id, or if `itemOf` throws. The message gives the numbers of the bad lines.
 */
export async function readJsonLines<T extends { readonly id: string | number }>(
  path: string,
  itemOf: (line: string) => T,
): Promise<T[]> {
  const content = await readText(path);
  if (content === undefined) {
    throw new CircuitbookError(`Expected prompts (JSONL) at ${path} but found no file.`);
  }
  const items: T[] = [];
  const bad: string[] = [];
  const lineOf = new Map<string, number>();
  content.replace(/^\uFEFF/, "").split(/\r?\n/).forEach((line, index) => {
    if (!line.trim()) return;
    try {
      const item = itemOf(line);
      const before = lineOf.get(String(item.id));
      if (before !== undefined) {
        throw new CircuitbookError(
          `Expected an "id" that no other line has but found ${
            shown(item.id)
          }, which is also in line ${before}.`,
        );
      }
      lineOf.set(String(item.id), index + 1);
      items.push(item);
    } catch (error) {
      if (!(error instanceof CircuitbookError)) throw error;
      bad.push(`line ${index + 1}: ${error.message}`);
    }
  });
  if (bad.length) throw new CircuitbookError(badLines(path, bad));
  if (!items.length) {
    throw new CircuitbookError(
      `Expected at least one prompt in ${path} but found none; write one JSON object a line.`,
    );
  }
  return items;
}

/**
 * Returns the JSON object of a line.
 *
 * @throws CircuitbookError if the line is not JSON, or the object does not fit the schema.
 */
export function parsedLine<Schema extends z.ZodType>(
  line: string,
  schema: Schema,
): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new CircuitbookError(`Expected JSON but found ${shown(line)}.`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  const found = path.length ? (json as Record<PropertyKey, unknown>)[path[0]] : json;
  const what = path.length ? `"${path[0].toString()}"` : "a line";
  throw new CircuitbookError(`Expected ${what} ${message} but found ${shown(found)}.`);
}

/** Returns the message about bad lines. */
function badLines(path: string, bad: readonly string[]): string {
  const named = bad.slice(0, MOST_NAMED).join("\n");
  const lines = `${bad.length} bad ${bad.length === 1 ? "line" : "lines"}`;
  const more = bad.length > MOST_NAMED ? `\nand ${bad.length - MOST_NAMED} more.` : "";
  return `Expected a prompt in every line of ${path} but found ${lines}; correct them.\n${named}${more}`;
}
