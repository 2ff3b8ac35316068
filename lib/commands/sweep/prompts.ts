import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { readText } from "../../checkpoint/files.ts";
import { tokenRows } from "../../model/plan/batch.ts";
import type { OpenedModel } from "../../model/load.ts";
import { shown } from "../../base/options.ts";

/** A line of the prompts' file: the text as tokens, and the two tokens whose logits are compared after it. */
export interface SweepPrompt {
  readonly id: string | number;
  readonly tokens: readonly number[];
  readonly answer: number;
  readonly against: number;
}

const oneToken = z.union([z.string(), z.int()], "to be the text of one token, or its id");
const TOKEN_IDS = "to be a list of token ids";
const lineSchema = z.looseObject({
  id: z.union([z.string().min(1), z.int()], "to be a text or a whole number"),
  text: z.string("to be a text").nullish(),
  tokens: z.array(z.int(TOKEN_IDS), TOKEN_IDS).nullish(),
  answer: oneToken,
  against: oneToken,
}, "to be an object");

/** Bad lines that a message names; it counts the others. */
const MOST_NAMED = 20;

/**
 * The prompts of a JSONL file. Empty lines do not count; keys other than these five are of no concern.
 *
 * @throws CircuitbookError when there is no such file or no prompt in it, or naming its bad lines by number, each with what
 * was expected and found.
 */
export async function readPrompts(path: string, model: OpenedModel): Promise<SweepPrompt[]> {
  const content = await readText(path);
  if (content === undefined) {
    throw new CircuitbookError(`Expected prompts (JSONL) at ${path} but found no file.`);
  }
  const prompts: SweepPrompt[] = [];
  const bad: string[] = [];
  const lineOf = new Map<string, number>();
  content.replace(/^\uFEFF/, "").split(/\r?\n/).forEach((line, index) => {
    if (!line.trim()) return;
    try {
      const prompt = promptOf(line, model);
      const id = String(prompt.id);
      const before = lineOf.get(id);
      if (before !== undefined) {
        throw new CircuitbookError(
          `Expected an "id" of its own but found ${shown(prompt.id)}, as in line ${before}.`,
        );
      }
      lineOf.set(id, index + 1);
      prompts.push(prompt);
    } catch (error) {
      if (!(error instanceof CircuitbookError)) throw error;
      bad.push(`line ${index + 1}: ${error.message}`);
    }
  });
  if (bad.length) throw new CircuitbookError(badLines(path, bad));
  if (!prompts.length) {
    throw new CircuitbookError(`Expected at least one prompt in ${path} but found none.`);
  }
  return prompts;
}

function badLines(path: string, bad: readonly string[]): string {
  const named = bad.slice(0, MOST_NAMED).join("\n");
  const lines = `${bad.length} bad ${bad.length === 1 ? "line" : "lines"}`;
  const more = bad.length > MOST_NAMED ? `\nand ${bad.length - MOST_NAMED} more.` : "";
  return `Expected a prompt in every line of ${path} but found ${lines}; mend them.\n${named}${more}`;
}

function promptOf(line: string, { tokenizer, architecture }: OpenedModel): SweepPrompt {
  const { id, text, tokens, ...compared } = parsedLine(line);
  if ((text ?? undefined) === undefined === ((tokens ?? undefined) === undefined)) {
    throw new CircuitbookError(
      `Expected either "text" or "tokens" but found ${text === undefined ? "neither" : "both"}.`,
    );
  }
  const [row] = inLine(() => tokenRows([text ?? tokens!], tokenizer, architecture));
  const [answer, against] = (["answer", "against"] as const).map((key) => {
    const token = compared[key];
    if (typeof token === "string") return inLine(() => tokenizer.idOf(token), key);
    if (token >= 0 && token < architecture.vocab) return token;
    throw new CircuitbookError(
      `Expected "${key}" to be a token id from 0 to ${architecture.vocab - 1} but found ${token}.`,
    );
  });
  if (answer === against) {
    throw new CircuitbookError(
      `Expected "answer" and "against" to differ but found token ${answer} as both.`,
    );
  }
  return { id, tokens: row, answer, against };
}

function parsedLine(line: string): z.output<typeof lineSchema> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new CircuitbookError(`Expected JSON but found ${shown(line)}.`, { cause: error });
  }
  const parsed = lineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  const found = path.length ? (json as Record<PropertyKey, unknown>)[path[0]] : json;
  const what = path.length ? `"${path[0].toString()}"` : "a line";
  throw new CircuitbookError(`Expected ${what} ${message} but found ${shown(found)}.`);
}

/** A failure about one row of a batch, as one about the line that it is from. */
function inLine<T>(read: () => T, key?: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CircuitbookError)) throw error;
    const message = error.message.replace(" in row 0", "");
    throw new CircuitbookError(key ? `${message.replace(/\.$/, "")} (as "${key}").` : message, {
      cause: error,
    });
  }
}
