import { checkArguments, is } from "../../base/arguments.ts";
import { Drawing, formatNumber, stacked, type TextToken, tokenText } from "../../plot/mod.ts";

/** One text of a generation, as {@link generationView} draws it. */
export interface GenerationViewRow {
  /** The text that the model continued. */
  prompt: string;
  /** The new text. */
  text: string;
  /** The ids of the new tokens. */
  tokens: readonly number[];
  /** The text of each new token. Without it, edited tokens are counted instead of marked. */
  pieces?: readonly string[];
  /** The indices into `tokens` of the tokens that an edit acted on. */
  edited?: readonly number[];
  /** Why the text ended: an end token, a stop text, or the limit of new tokens. */
  finish?: "end" | "stop" | "length";
}

/** Options of {@link generationView}. */
export interface GenerationViewOptions {
  /** How many texts are drawn. Default 5. */
  most?: number;
  /** What the marked tokens are called in the key. Default "edited". */
  markedName?: string;
}

const ENDINGS = {
  end: "ended by itself",
  stop: "ended at a stop text",
  length: "cut off at the limit",
};

/**
 * Returns the texts of a generation, each after its prompt in grey. Tokens that an edit acted on
 * are marked.
 *
 * @param generation the texts; a `Generation` has them.
 * @param options how many texts are drawn, and what marked tokens are called.
 * @returns a drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const row = {
 *   prompt: "9 + 53",
 *   text: " = 62",
 *   tokens: [4, 5],
 *   pieces: [" =", " 62"],
 *   edited: [1],
 * };
 * assert(notebook.generationView({ rows: [row] }).html.includes("cb-marked"));
 * ```
 */
export function generationView(
  generation: { readonly rows: readonly GenerationViewRow[] },
  options: GenerationViewOptions = {},
): Drawing {
  checkArguments("generationView", {
    generation: [generation, is.like("an object", "rows")],
    options: [options, is.object],
  });

  const { rows } = generation;
  const { most = 5, markedName = "edited" } = options;
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
 * Returns the tokens of a generated text as `plot.tokenText` and `plot.compareTexts` draw them: the
 * prompt quiet, edited tokens marked.
 *
 * @param row one text of a generation.
 * @returns one token for the prompt, then the new tokens.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const row = {
 *   prompt: "9 + 53",
 *   text: " = 62",
 *   tokens: [4, 5],
 *   pieces: [" =", " 62"],
 *   edited: [1],
 * };
 * assertEquals(notebook.generationTokens(row).map(({ marked }) => marked), [
 *   undefined,
 *   false,
 *   true,
 * ]);
 * ```
 */
export function generationTokens(row: GenerationViewRow): TextToken[] {
  checkArguments("generationTokens", {
    row: [row, is.like("a generated text", "prompt", "text", "tokens")],
  });

  const { prompt, text, pieces, edited = [] } = row;
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
