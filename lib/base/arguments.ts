import { CircuitbookError } from "./errors.ts";
import { isFrame } from "./frame.ts";
import { shown } from "./options.ts";

/** What an argument has to be: a noun for messages, and a test. */
export interface Kind {
  /** Completes "Expected … to be", such as "a list of numbers". */
  readonly noun: string;
  /** Returns whether a value is of this kind. */
  readonly accepts: (value: unknown) => boolean;
}

/**
 * Checks the arguments of a call, for callers whose code is not type-checked, such as cells of a
 * notebook. The check looks at the outermost level of each value; what a value holds is checked
 * where the value is read.
 *
 * @param of the name of the call, for the message: `meansBy`.
 * @param given the arguments by name, each with its kind.
 * @throws CircuitbookError if an argument is not of its kind. The message names the argument and
 * what was found.
 *
 * @example
 * ```ts
 * import { checkArguments, is } from "./arguments.ts";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => checkArguments("meansBy", { column: [5, is.text] }),
 *   Error,
 *   "a text but found 5",
 * );
 * ```
 */
export function checkArguments(
  of: string,
  given: Readonly<Record<string, readonly [value: unknown, kind: Kind]>>,
): void {
  for (const name in given) {
    const [value, { accepts, noun }] = given[name];
    if (accepts(value)) continue;
    throw new CircuitbookError(
      `Expected "${name}" of ${of} to be ${noun} but found ${shown(value)}.`,
    );
  }
}

/** The kinds of arguments that calls ask for. */
export const is = {
  /** A string. */
  text: kind("a text", (value) => typeof value === "string"),
  /** A number; whether it is whole, finite or in a range is checked where it is used. */
  number: kind("a number", (value) => typeof value === "number"),
  /** True or false. */
  yesOrNo: kind("true or false", (value) => typeof value === "boolean"),
  /** A function. */
  callable: kind("a function", (value) => typeof value === "function"),
  /** An object with named fields, such as options. */
  object: kind("an object", isRecord),
  /** A list of anything. */
  list: kind("a list", Array.isArray),
  /** A list of numbers or a typed array. */
  numbers: kind("a list of numbers", isNumbers),
  /** A list of texts. */
  texts: kind("a list of texts", listOf((item) => typeof item === "string")),
  /** A list of objects. */
  objects: kind("a list of objects", listOf(isObject)),
  /** A list of lists or of typed arrays. */
  lists: kind("a list of lists", listOf((item) => Array.isArray(item) || ArrayBuffer.isView(item))),
  /** A tensor. */
  tensor: kind("a tensor", (value) => hasFields(value, ["axes", "shape", "data"])),
  /** A polars frame. */
  table: kind("a table", isFrame),
  /** A polars frame, or its rows as objects. */
  rows: kind("a table or a list of rows", (value) => isFrame(value) || isObjects(value)),

  /** A list of which each item is of a kind. */
  listOf({ noun, accepts }: Kind): Kind {
    return kind(`a list, each item ${noun},`, listOf(accepts));
  },

  /** A kind of values that are recognised by some of their fields. */
  like(noun: string, ...fields: string[]): Kind {
    const named = `${noun} with ${fields.join(", ")}`;
    return kind(named, (value) => hasFields(value, fields));
  },

  /** A value that has some fields, each of a kind. */
  shaped(noun: string, fields: Readonly<Record<string, Kind>>): Kind {
    return kind(
      `${noun} with ${Object.keys(fields).join(", ")}`,
      (value) =>
        isObject(value) &&
        Object.entries(fields).every(([name, { accepts }]) => accepts(value[name])),
    );
  },

  /** One of some texts. */
  oneOf(...choices: string[]): Kind {
    return kind(
      `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`,
      (value) => typeof value === "string" && choices.includes(value),
    );
  },

  /** An object whose values are all of one kind. Its fields may have any names. */
  recordOf({ noun, accepts }: Kind): Kind {
    return kind(
      `an object, each value ${noun},`,
      (value) => isRecord(value) && Object.values(value as object).every(accepts),
    );
  },

  /** A value of one of some kinds. */
  either(...kinds: Kind[]): Kind {
    return kind(
      kinds.map(({ noun }) => noun).join(" or "),
      (value) => kinds.some(({ accepts }) => accepts(value)),
    );
  },

  /** A value of a kind, or nothing. */
  optional({ noun, accepts }: Kind): Kind {
    return kind(noun, (value) => value === undefined || accepts(value));
  },
};

/** Returns whether a value is an object or a list, so that its fields can be read. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function kind(noun: string, accepts: (value: unknown) => boolean): Kind {
  return { noun, accepts };
}

function listOf(accepts: (item: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(accepts);
}

function isObjects(value: unknown): boolean {
  return is.objects.accepts(value);
}

function hasFields(value: unknown, fields: readonly string[]): boolean {
  return isObject(value) && fields.every((field) => value[field] !== undefined);
}

function isNumbers(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item === "number");
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isRecord(value: unknown): boolean {
  return isObject(value) && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
