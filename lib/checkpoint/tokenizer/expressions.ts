import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { isQuick } from "./expression_trial.ts";
import type { WorkerMessage, WorkerOrder } from "./expression_worker.ts";

/**
 * The default limit of the time that one expression may take on all texts of its trial, in
 * milliseconds.
 */
const TIME_LIMIT = 5_000;

/**
 * Expressions of well-known tokenizers, which are quick on every text: GPT-2, Llama 3, Qwen2,
 * GPT-4o.
 */
const KNOWN: ReadonlySet<string> = new Set([
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String
    .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String
    .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String
    .raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
]);

/**
 * Tries the expressions of a `tokenizer.json` on texts that make an expression backtrack, in a
 * worker, so that the kernel keeps running. Expressions of well-known tokenizers are not tried.
 *
 * @param path where the content comes from, for messages.
 * @param timeLimit how long one expression may take on all texts, in milliseconds.
 * @throws CircuitbookError if the expressions take too long.
 */
export async function verifyExpressions(
  json: unknown,
  path: string,
  timeLimit: number = TIME_LIMIT,
): Promise<void> {
  const late = await lateExpression(unknownIn(json), timeLimit);
  if (late !== undefined) throw lateError(late, path);
}

/**
 * Tries the expressions of a `tokenizer.json` as {@link verifyExpressions} does, in this thread:
 * the caller waits, for at most the time limit for each expression.
 *
 * @param path where the content comes from, for messages.
 * @throws CircuitbookError if the expressions take too long.
 */
export function verifyExpressionsHere(json: unknown, path: string): void {
  const late = unknownIn(json).find((expression) => !isQuick(expression, TIME_LIMIT));
  if (late !== undefined) throw lateError(late, path);
}

/** Returns the expressions of a `tokenizer.json` that are not those of well-known tokenizers. */
function unknownIn(json: unknown): string[] {
  return [...new Set(expressionsIn(json))].filter((source) => !KNOWN.has(source));
}

function lateError(expression: string, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected expressions that split texts quickly in ${path} but found ${
      shown(expression)
    }, which takes ` +
      "seconds on a short text; the tokenizer is broken or hostile, so use another file.",
  );
}

/**
 * Returns each `{ "Regex": … }` of a `tokenizer.json`, wherever it stands but in the vocabulary.
 */
function expressionsIn(json: unknown): string[] {
  if (Array.isArray(json)) return json.flatMap(expressionsIn);
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => {
    if (key === "Regex" && typeof value === "string") return [value];
    return key === "vocab" || key === "merges" ? [] : expressionsIn(value);
  });
}

/**
 * Returns the first expression that takes too long on texts that make an expression backtrack;
 * undefined if all are quick. A worker tries the expressions.
 *
 * @param expressions the source texts.
 * @param timeLimit how long one expression may take on all texts, in milliseconds.
 */
export async function lateExpression(
  expressions: readonly string[],
  timeLimit: number = TIME_LIMIT,
): Promise<string | undefined> {
  if (!expressions.length) return undefined;
  const worker = new Worker(import.meta.resolve("./expression_worker.ts"), { type: "module" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise((resolve, reject) => {
      let done = 0;
      worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
        // Starting the worker takes time of its own, which does not count.
        if (data === "started") {
          worker.postMessage({ expressions, timeLimit } satisfies WorkerOrder);
        } else if (data === "late") resolve(expressions[done]);
        else if (++done === expressions.length) resolve(undefined);
        clearTimeout(timer);
        timer = setTimeout(() => resolve(expressions[done]), timeLimit);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new CircuitbookError(`Expected to try expressions but could not: ${event.message}`));
      };
    });
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
