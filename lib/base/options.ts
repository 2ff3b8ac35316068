import { z } from "zod";
import { CircuitbookError, nearestNames } from "./errors.ts";
import { Tensor } from "./tensor.ts";

/** A whole number; negative ones count from the end. */
export const wholeNumber = z.number("to be a whole number").int("to be a whole number");

/** A whole number of at least 1. */
export const atLeastOne = z.number("to be a whole number of at least 1").int(
  "to be a whole number of at least 1",
)
  .min(1, "to be a whole number of at least 1");

/** A list of at least one whole number. */
export const wholeNumbers = z.array(wholeNumber, "to be a list of whole numbers").nonempty(
  "to name at least one",
);

/** A function, such as a metric. */
export const callable = z.custom((value) => typeof value === "function", "to be a function");

/** True or false. */
export const yesOrNo = z.boolean("to be true or false");

/** Names, such as those of columns. */
export const names = z.array(z.string(), "to be a list of names");

/** What is checked where it is used. */
export const anything = z.unknown().optional();

/** Positions: one, a list, or a range. */
export const selection = z.union([
  wholeNumber,
  wholeNumbers,
  z.strictObject({ from: wholeNumber.optional(), to: wholeNumber.optional() }),
], "to be a position, a list of at least one, or { from, to }");

/** Positions, or a list of them for each row. */
export const positions = z.union(
  [selection, z.array(z.array(wholeNumber)).nonempty()],
  "to be a position, a list of at least one, { from, to }, or a list for each row",
);

/** One position of every row, or a list of them for each. */
export const onePosition = z.union(
  [wholeNumber, z.array(z.array(wholeNumber)).nonempty()],
  "to be a position, or a list for each row",
);

/** Options that every long call takes. */
export const watch = {
  signal: z.instanceof(AbortSignal, { error: "to be an AbortSignal" }).optional(),
  onProgress: z.custom(
    (value) => value === undefined || typeof value === "function",
    "to be a function",
  ).optional(),
};

/** A schema that checks an object of options and knows the names of the options. */
export type OptionsSchema<Output, Input = Output> = z.ZodType<Output, Input> & {
  readonly shape: object;
};

/**
 * Holds an options object to what a call takes.
 *
 * @param of whose options they are, for the message: `run`.
 * @throws CircuitbookError naming the option, what was expected and what was found; for an unknown one the nearest.
 */
export function checkOptions(options: unknown, schema: OptionsSchema<unknown>, of: string): void {
  const parsed = schema.safeParse(options);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  const found = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown>)[key],
    options,
  );
  const name = issue.path.length ? `"${pathOf(issue.path)}" of ${of}` : `the options of ${of}`;
  if (issue.code === "unrecognized_keys" && issue.path.length) {
    throw new CircuitbookError(
      `Expected known keys in ${name} but found "${issue.keys[0]}" in ${shown(found)}.`,
    );
  }
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    const nearest = nearestNames(key, Object.keys(schema.shape), 1);
    throw new CircuitbookError(
      `Expected an option of ${of} but found "${key}"; nearest: "${nearest}".`,
    );
  }
  throw new CircuitbookError(
    `Expected ${name} ${issue.path.length ? issue.message : "to be an object"} but found ${
      shown(found)
    }.`,
  );
}

/** A value for a message, in at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Tensor) return `a tensor ${value.describe()}`;
  const text = asText(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Returns a value as JSON where there is one; JSON has no bigints and no cycles. */
function asText(value: unknown): string {
  try {
    const written = (_: string, item: unknown) => typeof item === "bigint" ? `${item}n` : item;
    return JSON.stringify(value, written) ?? String(value);
  } catch {
    return Array.isArray(value) ? "a list" : "an object";
  }
}

/** `heads[1]`, `positions.from`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, depth) =>
    typeof key === "number" ? `[${key}]` : `${depth ? "." : ""}${String(key)}`
  ).join("");
}
