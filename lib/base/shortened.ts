/** The most characters that a message quotes of a value. */
const MOST = 200;

/** The most characters of a line of a message: a list of many values is cut, too. */
const LONGEST_LINE = 600;

/** A text in quotes, which may hold quotes: the first quote stands behind a space, the last one before punctuation or a space. */
const QUOTED = /(?<![^\s(\[])"[^]*?"(?=[\s;,.:)\]]|$)/g;

/**
 * Returns a message in which each quoted text, and each word outside of quotes, has at most 200 characters, and each line at
 * most 600: what a caller, a file or a server has put into the message cannot flood the page. Longer ones keep their beginning
 * and their end.
 *
 * @example
 * ```ts
 * import { shortened } from "./shortened.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shortened(`Expected a name but found "${"a".repeat(1000)}".`).length, 229);
 * ```
 */
export function shortened(message: string): string {
  return message
    .replace(QUOTED, (quoted) => `"${cut(quoted.slice(1, -1))}"`)
    .replace(/[^\s"]+/g, (word) => cut(word))
    .replace(/.+/g, (line) => cut(line, LONGEST_LINE));
}

/**
 * Returns names with commas between them, in at most 200 characters; "none" where there are none.
 *
 * @example
 * ```ts
 * import { listed } from "./shortened.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(listed(["layer", "head"]), "layer, head");
 * ```
 */
export function listed(names: readonly unknown[]): string {
  // Each name takes at least one character: the others need not be joined.
  return cut(names.slice(0, MOST).join(", ")) || "none";
}

/** The beginning and the end of a text, where paths have the name of the file. */
function cut(text: string, most = MOST): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most / 2 - 1)}…${text.slice(-most / 2)}`;
}
