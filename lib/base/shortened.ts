/** The most characters that a message quotes of a value. */
const MOST = 200;

/** The most characters of a line of a message, so that a list of many values is cut, too. */
const LONGEST_LINE = 600;

/**
 * The most characters of a message. Finding where quotes end takes a time that grows with the
 * square of the length, so a longer message loses its middle first.
 */
const LONGEST_MESSAGE = 8_000;

/**
 * A text in quotes, which may hold quotes: the first quote follows a space, and the last one
 * precedes punctuation or a space.
 */
const QUOTED = /(?<![^\s(\[])"[^]*?"(?=[\s;,.:)\]]|$)/g;

/**
 * A path outside of quotes. Names of folders may have spaces, so a path ends only where the
 * sentence continues: at punctuation, at "but", at a quote, or at the end of the line.
 */
const PATH = /(?<![^\s(\[])[^\s"/\\([]*[/\\][^\n"]*?(?=[;,:.)\]]+(?:\s|$)| but |\s?"|$)/gm;

/**
 * Returns a message in which each quoted text, each path, and each word outside of quotes has at
 * most 200 characters, and each line at most 600. In this way no text of a caller, a file or a
 * server can flood the page. A longer text keeps its beginning and its end. A message of more than
 * 8,000 characters loses its middle, too.
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
  return excerpt(message, LONGEST_MESSAGE)
    .replace(QUOTED, (quoted) => `"${excerpt(quoted.slice(1, -1))}"`)
    .replace(PATH, (path) => excerpt(path))
    .replace(/[^\s"]+/g, (word) => excerpt(word))
    .replace(/.+/g, (line) => excerpt(line, LONGEST_LINE));
}

/**
 * Returns the names, separated by commas, in at most 200 characters; "none" for an empty list.
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
  // Each name has at least one character, so no more than 200 names can be shown.
  return excerpt(names.slice(0, MOST).join(", ")) || "none";
}

/**
 * Returns a text of at most 200 characters. A longer text keeps its beginning and its end, which is
 * the name of the file in a path.
 *
 * @param most the most characters. Default 200.
 *
 * @example
 * ```ts
 * import { excerpt } from "./shortened.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(excerpt("0123456789", 6), "01…789");
 * ```
 */
export function excerpt(text: string, most: number = MOST): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most / 2 - 1)}…${text.slice(-most / 2)}`;
}
