import { checkArguments, is } from "../base/arguments.ts";
import { completedCharacters } from "./parts/completed.ts";
import { checkList, checkRecord } from "./parts/checks.ts";
import { type ColourScale, colourScale } from "./parts/colour.ts";
import { type Captions, Drawing, framed } from "./parts/drawing.ts";
import { figure } from "./parts/figure.ts";
import { rampLegend } from "./parts/legend.ts";
import { escapeHtml, formatNumber } from "./parts/text.ts";

/** A token of a text and how it is drawn. */
export interface TextToken {
  /** The text of the token. */
  text: string;
  /** A number drawn as the colour behind the token: blue below zero, orange above. */
  value?: number;
  /** Whether the token is marked, as a steered or matched token. */
  marked?: boolean;
  /** Whether the token is grey, as a prompt. */
  quiet?: boolean;
  /** Words shown on hover. */
  note?: string;
}

/** Options of {@link tokenText} and {@link compareTexts}. */
export interface TokenTextOptions extends Captions {
  /** What marked tokens are called, such as "steered". Default "marked". */
  markedName?: string;
  /** What the values are called. Default "value". */
  valueName?: string;
}

/**
 * Returns a text whose tokens are coloured by a value, or marked.
 *
 * @param tokens the tokens of the text, in order.
 * @param options what markers and values mean, and captions.
 * @returns a drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const tokens = [{ text: "= 62" }, { text: " (", marked: true }, { text: "not", value: 0.9 }];
 * assert(plot.tokenText(tokens, { markedName: "steered" }).html.includes("cb-marked"));
 * ```
 */
export function tokenText(tokens: readonly TextToken[], options: TokenTextOptions = {}): Drawing {
  checkArguments("tokenText", {
    tokens: [tokens, is.listOf(is.like("a token", "text"))],
    options: [options, is.object],
  });

  checkList(tokens, "tokens");
  const scale = scaleOf(tokens);
  return new Drawing(
    framed(key(tokens, scale, options) + spans(tokens, scale, options), options),
    plainText(tokens),
  );
}

/**
 * Returns several texts side by side, such as before and after an intervention. On a narrow page
 * the texts stand below one another.
 *
 * @param texts the tokens of each text, by the name of the text.
 * @param options what markers and values mean, and captions.
 * @returns a drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const before = [{ text: "(not 62)" }];
 * const after = [{ text: "(this works)", marked: true }];
 * assert(plot.compareTexts({ before, after }).html.includes("before"));
 * ```
 */
export function compareTexts(
  texts: Readonly<Record<string, readonly TextToken[]>>,
  options: TokenTextOptions = {},
): Drawing {
  checkRecord(texts, "texts by name");
  for (const tokens of Object.values(texts)) checkList(tokens, "tokens");
  const all = Object.values(texts).flat();
  const scale = scaleOf(all);
  const columns = Object.entries(texts).map(([name, tokens]) =>
    `<div><div class="cb-title">${escapeHtml(name)}</div>${spans(tokens, scale, options)}</div>`
  );
  const plain = Object.entries(texts).map(([name, tokens]) => `${name}: ${plainText(tokens)}`).join(
    "\n\n",
  );
  return new Drawing(
    framed(`${key(all, scale, options)}<div class="cb-columns">${columns.join("")}</div>`, options),
    plain,
  );
}

function scaleOf(tokens: readonly TextToken[]): ColourScale | undefined {
  const values = tokens.flatMap(({ value }) => value === undefined ? [] : [value]);
  return values.length ? colourScale(values, { colours: "diverging" }) : undefined;
}

/** The explanation of colours and markers, if there are any. */
function key(
  tokens: readonly TextToken[],
  scale: ColourScale | undefined,
  { markedName = "marked", valueName = "value" }: TokenTextOptions,
): string {
  const marked = tokens.filter((token) => token.marked).length;
  const marker = marked
    ? `<div class="cb-text cb-key"><span class="cb-marked">${
      escapeHtml(markedName)
    }</span> <span class="cb-soft">${formatNumber(marked)} ${
      marked === 1 ? "token" : "tokens"
    }</span></div>`
    : "";
  return (scale ? figure([[rampLegend(scale, valueName)]], `Colours of ${valueName}`).svg : "") +
    marker;
}

function spans(
  tokens: readonly TextToken[],
  scale: ColourScale | undefined,
  options: TokenTextOptions,
): string {
  return `<div class="cb-text">${
    completed(tokens).map((token) => span(token, scale, options)).join("")
  }</div>`;
}

function span(
  { text, value, marked, quiet, note }: TextToken,
  scale: ColourScale | undefined,
  { markedName = "marked", valueName = "value" }: TokenTextOptions,
): string {
  const notes = [
    note,
    marked && markedName,
    value !== undefined && `${valueName} ${formatNumber(value)}`,
  ].filter(
    Boolean,
  ).join(", ");
  const classes = [marked && "cb-marked", quiet && "cb-soft"].filter(Boolean).join(" ");
  const shown = escapeHtml(text).replaceAll("\r", "␍");
  if (!notes && !classes) return shown;
  const background = value !== undefined && scale
    ? ` style="background:${translucent(scale, value)}"`
    : "";
  return `<span${classes && ` class="${classes}"`}${background} title="${
    escapeHtml(notes)
  }">${shown}</span>`;
}

/**
 * The colour at 60 % of its opacity, so that text in the page's own colour stays readable on it.
 */
function translucent(scale: ColourScale, value: number): string {
  const [r, g, b, a] = scale.palette[scale.tone(value)];
  return `rgba(${r},${g},${b},${((a / 255) * 0.6).toFixed(2)})`;
}

/** Returns the tokens with each character that several of them make up shown at its last part. */
function completed(tokens: readonly TextToken[]): TextToken[] {
  const texts = completedCharacters(tokens.map(({ text }) => text));
  return tokens.map((token, i) => ({ ...token, text: texts[i] }));
}

function plainText(tokens: readonly TextToken[]): string {
  return completed(tokens).map(({ text, marked }) => marked ? `⟦${text}⟧` : text).join("");
}
