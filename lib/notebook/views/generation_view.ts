import { Drawing, formatNumber, stacked, type TextToken, tokenText } from "../../plot/mod.ts";

/** One text of a generation, as far as it is drawn. */
export interface GenerationViewRow {
  prompt: string;
  /** The new text. */
  text: string;
  /** The new tokens. */
  tokens: readonly number[];
  /** The text of each new token; without it, edited tokens are counted, not marked. */
  pieces?: readonly string[];
  /** Indices into `tokens` of the tokens on which an edit acted. */
  edited?: readonly number[];
  finish?: "end" | "stop" | "length";
}

const ENDINGS = {
  end: "ended by itself",
  stop: "ended at a stop text",
  length: "cut off at the limit",
};

/**
 * The texts of a generation: the prompt in grey, the tokens on which an edit acted marked.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const row = { prompt: "9 + 53", text: " = 62", tokens: [4, 5], pieces: [" =", " 62"], edited: [1] };
 * assert(notebook.generationView({ rows: [row] }).html.includes("cb-marked"));
 * ```
 */
export function generationView(
  { rows }: { rows: readonly GenerationViewRow[] },
  { most = 5, markedName = "edited" }: {
    /** How many texts are drawn. */
    most?: number;
    markedName?: string;
  } = {},
): Drawing {
  const drawn = rows.slice(0, most).map((row, i) => {
    const title = rows.length > 1 ? `${i + 1} of ${rows.length}` : undefined;
    return tokenText(generationTokens(row), { title, caption: facts(row, markedName), markedName });
  });
  const rest = rows.length > most
    ? [tokenText([{ text: `… ${formatNumber(rows.length - most)} more texts`, quiet: true }])]
    : [];
  return stacked([...drawn, ...rest]);
}

/**
 * The tokens of a text as `tokenText` and `compareTexts` draw them: prompt quiet, edited ones marked.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const row = { prompt: "9 + 53", text: " = 62", tokens: [4, 5], pieces: [" =", " 62"], edited: [1] };
 * assertEquals(notebook.generationTokens(row).map(({ marked }) => marked), [undefined, false, true]);
 * ```
 */
export function generationTokens(
  { prompt, text, pieces, edited = [] }: GenerationViewRow,
): TextToken[] {
  const marked = new Set(edited);
  const written = pieces
    ? pieces.map((piece, i) => ({ text: piece, marked: marked.has(i) }))
    : [{ text }];
  return [{ text: prompt, quiet: true }, ...written];
}

function facts(
  { tokens, pieces, edited = [], finish }: GenerationViewRow,
  markedName: string,
): string {
  const count = `${formatNumber(tokens.length)} new ${tokens.length === 1 ? "token" : "tokens"}`;
  const unmarked = !pieces && edited.length
    ? `${formatNumber(edited.length)} of them ${markedName}`
    : "";
  return [count, unmarked, finish && ENDINGS[finish]].filter(Boolean).join(", ") + ".";
}
