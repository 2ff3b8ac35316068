import { z } from "zod";
import { CircuitbookError, nearestNames } from "./errors.ts";

/** A whole number. As an index, a negative number counts from the end. */
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

/** A list of names, such as the names of columns. */
export const names = z.array(z.string(), "to be a list of names");

/** Any value: the code that uses the option checks the value. */
export const anything = z.unknown().optional();

/** Positions that hold for every row: one position, a list, or a range. */
export const selection = z.union([
  wholeNumber,
  wholeNumbers,
  z.strictObject({ from: wholeNumber.optional(), to: wholeNumber.optional() }),
], "to be a position, a list of at least one, or { from, to }");

/** Positions that hold for every row, or a list of positions for each row. */
export const positions = z.union(
  [selection, z.array(z.array(wholeNumber)).nonempty()],
  "to be a position, a list of at least one, { from, to }, or a list for each row",
);

/** One position that holds for every row, or a list of positions for each row. */
export const onePosition = z.union(
  [wholeNumber, z.array(z.array(wholeNumber)).nonempty()],
  "to be a position, or a list for each row",
);

/** The options of every long call: the signal that stops it, and the listener for its progress. */
export const watch = {
  signal: z.instanceof(AbortSignal, { error: "to be an AbortSignal" }).optional(),
  onProgress: z.custom(
    (value) => value === undefined || typeof value === "function",
    "to be a function",
  ).optional(),
};

/** A schema of an options object. `shape` holds the names of the options. */
export type OptionsSchema<Output, Input = Output> = z.ZodType<Output, Input> & {
  readonly shape: object;
};

/**
 * Checks the options of a call.
 *
 * @param options what the caller gave.
 * @param schema the options that the call takes.
 * @param of the name of the call, for the message: `run`.
 * @throws CircuitbookError if an option has a wrong value, or if there is no option of that name.
 * The message names the option, the expected value and the found value; for an unknown name, it
 * names the nearest option.
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
    throw new CircuitbookError(unknownKey(name, issue.keys[0], keysAt(schema, issue.path)));
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

/**
 * Returns the message about an unknown key of an object.
 *
 * @param where the name of the object.
 * @param key the unknown key.
 * @param known the keys that the object may have.
 */
export function unknownKey(where: string, key: string, known: readonly string[]): string {
  const nearest = nearestNames(key, known, 1);
  return `Expected a key of ${where} but found "${key}"; nearest: "${nearest}".`;
}

/**
 * Returns the keys that an object may have at a path of a schema; none if the schema has no object
 * there.
 */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = unwrapped(schema);
  for (const key of path) {
    if (at instanceof z.ZodArray) at = unwrapped(at.element);
    else if (at instanceof z.ZodObject) at = unwrapped(at.shape[key as string]);
  }
  return keysOf(at);
}

/** Returns the keys of an object's schema, or of each object among the members of a union. */
function keysOf(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (!(schema instanceof z.ZodUnion)) return [];
  return schema.options.flatMap((member) => keysOf(unwrapped(member)));
}

/** Returns a schema without the wrappers that make a value optional or give it a default. */
function unwrapped(schema: unknown): unknown {
  const isWrapper = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}

/** Returns a value as text for a message, in at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") return `${value}n`;
  // Tensors describe themselves. They are recognised by this method, because the module of tensors
  // imports this one.
  const { axes, describe } = (value ?? {}) as { axes?: unknown; describe?: unknown };
  if (axes !== undefined && typeof describe === "function") {
    return `a tensor ${describe.call(value)}`;
  }
  const text = asText(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Returns a value as JSON. JSON has no bigints, which are written `5n`, and no cycles. */
function asText(value: unknown): string {
  try {
    const written = (_: string, item: unknown) => typeof item === "bigint" ? `${item}n` : item;
    return JSON.stringify(value, written) ?? String(value);
  } catch {
    return Array.isArray(value) ? "a list" : "an object";
  }
}

/**
 * Returns the place of a value within options as code would name it: `heads[1]`, `positions.from`.
 */
function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, depth) =>
    typeof key === "number" ? `[${key}]` : `${depth ? "." : ""}${String(key)}`
  ).join("");
}
