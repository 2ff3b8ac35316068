/** The most characters that a message quotes of a value. */
const MOST = 200;

/** The most characters of a line of a message: a list of many values is cut, too. */
const LONGEST_LINE = 600;

/** A text in quotes, which may hold quotes: the first quote stands behind a space, the last one before punctuation or a space. */
const QUOTED = /(?<![^\s(\[])"[^]*?"(?=[\s;,.:)\]]|$)/g;

/**
 * A path outside of quotes. Its folders may have spaces in their names, so a path is taken to end where a sentence goes on: at
 * punctuation, at "but", at a quote, or at the end of the line.
 */
const PATH = /(?<![^\s(\[])[^\s"/\\([]*[/\\][^\n"]*?(?=[;,:.)\]]+(?:\s|$)| but |\s?"|$)/gm;

/**
 * Returns a message in which each quoted text, each path, and each word outside of quotes has at most 200 characters, and each
 * line at most 600: what a caller, a file or a server has put into the message cannot flood the page. Longer ones keep their
 * beginning and their end.
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
    .replace(QUOTED, (quoted) => `"${excerpt(quoted.slice(1, -1))}"`)
    .replace(PATH, (path) => excerpt(path))
    .replace(/[^\s"]+/g, (word) => excerpt(word))
    .replace(/.+/g, (line) => excerpt(line, LONGEST_LINE));
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
  return excerpt(names.slice(0, MOST).join(", ")) || "none";
}

/**
 * Returns a text of at most 200 characters: a longer one keeps its beginning and its end, where paths have the name of the file.
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
