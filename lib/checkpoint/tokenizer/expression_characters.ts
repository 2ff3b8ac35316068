/**
 * Finds characters that an expression tells apart, so that a trial of the expression misses none of
 * its classes.
 *
 * @module
 */

/** What an expression tells apart, and in which order the expression names it. */
export interface ExpressionCharacters {
  /** One character of each set that the classes and letters of the expression tell apart. */
  readonly kinds: readonly string[];
  /** A character of each class or letter of the expression, in order. */
  readonly places: readonly Place[];
}

/** A class or a letter of an expression. */
export interface Place {
  /**
   * A text that leads to the place: a character of each part before it, of one branch of a group.
   */
  readonly before: string;
  /** A character that the class or letter matches. */
  readonly character: string;
}

/**
 * Parts of the source of an expression: an escape, a class, the head of a group, a count, or one
 * character.
 */
const PART =
  /\\[pP]\{[^}]*\}|\\u\{[\da-fA-F]+\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\.|\[(?:\\.|[^\]\\])*\]|\(\?(?:<?[=!]|[\w-]*:|<\w+>)|\{\d+,?\d*\}|./gsu;

/** Parts that match no character: groups, counts, bounds and references. */
const NO_CHARACTER = /^(?:\(.*|\{\d.*|[)*+?{}^$|]|\\[bB1-9k])$/s;

/**
 * Returns the characters that an expression tells apart: two characters are of one kind if the same
 * classes and letters of the expression match both.
 *
 * @param pattern the expression, as the tokenizer library has compiled it.
 * @param isInTime whether there is time left; without time, the rest of the classes is left out.
 */
export function charactersOf(pattern: RegExp, isInTime: () => boolean): ExpressionCharacters {
  const parts = pattern.source.match(PART) ?? [];
  const members = new Map<string, readonly number[]>();
  // A letter under (?i:…) stands for both of its cases.
  const flags = new Set([pattern.flags, ...ignoresCase(pattern) ? [`${pattern.flags}i`] : []]);
  for (const part of new Set(parts)) {
    if (NO_CHARACTER.test(part)) continue;
    for (const each of flags) {
      if (isInTime()) members.set(`${part} ${each}`, boundsOf(part, each));
    }
  }
  const known = [...members.values()].filter(({ length }) => length);
  const places = placesOf(parts, (part) => members.get(`${part} ${pattern.flags}`)?.[0]);
  return { kinds: kindsOf(known), places };
}

/**
 * A group that is being read: the text of its first branch, and of the branch that is being read.
 */
interface Group {
  first?: string;
  now: string;
  /**
   * Whether the group's text leads to the next place. The text of a lookahead and of a negative
   * lookbehind does not.
   */
  readonly counts: boolean;
}

/** Returns the classes and letters of an expression, each with a text that leads to the place. */
function placesOf(
  parts: readonly string[],
  firstOf: (part: string) => number | undefined,
): Place[] {
  const places: Place[] = [];
  const groups: Group[] = [{ now: "", counts: true }];
  for (const part of parts) {
    const group = groups.at(-1)!;
    const code = firstOf(part);
    if (part.startsWith("(")) groups.push({ now: "", counts: !/^\(\?(?:<?!|=)/.test(part) });
    else if (part === "|") {
      group.first ??= group.now;
      group.now = "";
    } else if (part === ")" && groups.length > 1) {
      groups.pop();
      if (group.counts) groups.at(-1)!.now += group.first ?? group.now;
    } else if (code !== undefined) {
      const character = String.fromCodePoint(code);
      places.push({ before: groups.map(({ now }) => now).join(""), character });
      group.now += character;
    }
  }
  return places;
}

function ignoresCase({ source, flags }: RegExp): boolean {
  return flags.includes("i") || /\(\?[a-z]*i/.test(source);
}

/**
 * Returns where the characters of a part begin and end, as code points in rising order: a
 * beginning, the end of that stretch, the next beginning, and so on. Empty for a part that is no
 * class.
 */
function boundsOf(part: string, flags: string): number[] {
  let stretch: RegExp;
  try {
    stretch = new RegExp(`(?:${part})+`, flags);
  } catch {
    return [];
  }
  const literal = literalOf(part);
  if (literal !== undefined && !flags.includes("i")) return [literal, literal + 1];
  const text = sampleText();
  return [...text.matchAll(stretch)].filter(([found]) => found).flatMap(({ 0: found, index }) => [
    text.codePointAt(index)!,
    text.codePointAt(index + found.length) ?? 0x110000,
  ]);
}

/** Returns the code point of a part that stands for one character; undefined for a class. */
function literalOf(part: string): number | undefined {
  const hex = /^\\[ux]\{?([\da-fA-F]+)\}?$/.exec(part)?.[1];
  if (hex) return parseInt(hex, 16);
  const escaped = /^\\([^\w\s])$/.exec(part)?.[1];
  const one = escaped ?? (part === "." || part.startsWith("\\") ? "" : part);
  return [...one].length === 1 ? one.codePointAt(0) : undefined;
}

/** Returns one character of each combination of parts that match the character. */
function kindsOf(bounds: readonly (readonly number[])[]): string[] {
  const turns = new Map<number, number[]>([[0, []]]);
  bounds.forEach((list, index) => {
    for (const at of list) {
      const here = turns.get(at);
      if (here) here.push(index);
      else turns.set(at, [index]);
    }
  });
  const inside = new Array<number>(bounds.length).fill(0);
  const kinds = new Map<string, string>();
  for (const [at, indices] of [...turns].sort(([a], [b]) => a - b)) {
    for (const index of indices) inside[index] = 1 - inside[index];
    const kind = inside.join("");
    const isCharacter = at < 0xd800 || at > 0xdfff && at < 0x110000;
    if (isCharacter && !kinds.has(kind)) kinds.set(kind, String.fromCodePoint(at));
  }
  return [...kinds.values()];
}

let sample: string | undefined;

/**
 * Returns the characters that classes are tried on, in the order of their code points: all
 * characters of the two planes that hold the scripts, and every 256th character of the other
 * planes, which hold ideographs and private characters.
 */
function sampleText(): string {
  return sample ??= [
    textOf(0, 0xd800, 1),
    textOf(0xe000, 0x20000, 1),
    textOf(0x20000, 0x110000, 256),
  ].join("");
}

/** Returns the characters of a stretch of code points, one every `step` code points. */
function textOf(from: number, end: number, step: number): string {
  const count = Math.ceil((end - from) / step);
  return Array.from({ length: count }, (_, i) => String.fromCodePoint(from + i * step)).join("");
}
