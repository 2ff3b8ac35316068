import { escape } from "deno-std/html/mod.js";
import { checkArguments, is } from "../../base/arguments.ts";

const VISIBLE: Readonly<Record<string, string>> = { " ": "·", "\n": "↵", "\t": "⇥", "\r": "␍" };

/**
 * Returns text for HTML: characters that HTML reads as markup are replaced. The result is safe as
 * content and in quoted attributes.
 *
 * @param text any text.
 * @returns HTML.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plot.escapeHtml("<s>"), "&lt;s&gt;");
 * ```
 */
export function escapeHtml(text: string): string {
  checkArguments("escapeHtml", { text: [text, is.text] });

  return escape(text);
}

/**
 * Returns a token with its invisible characters made visible: spaces as `·`, line breaks as `↵`,
 * others as their code point.
 *
 * @param token the text of a token.
 * @returns the text to show; `∅` for an empty token.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plot.visibleToken(" (not"), "·(not");
 * ```
 */
export function visibleToken(token: string): string {
  if (token === "") return "∅";
  return String(token)
    .replace(/[ \n\t\r]/g, (character) => VISIBLE[character])
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu,
      (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
    );
}

/**
 * Returns text cut to a length. A text that was cut ends with `…`.
 *
 * @param text any text.
 * @param length the most characters (code points) of the result.
 * @returns the text, or its beginning.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plot.shorten("verification", 6), "verif…");
 * ```
 */
export function shorten(text: string, length: number): string {
  const characters = [...String(text)];
  return characters.length <= length ? text : characters.slice(0, length - 1).join("") + "…";
}

/** Returns about how wide a text is drawn, in pixels. There is no canvas to measure text with. */
export function textWidth(text: string, fontSize = 12): number {
  let ems = 0;
  for (const character of text) ems += character.codePointAt(0)! > 0x2e7f ? 1 : 0.6;
  return ems * fontSize;
}

/**
 * Returns a number for readers: integers with thousands separators, other numbers with `digits`
 * significant digits, and a true minus sign.
 *
 * @param value any number.
 * @param digits the significant digits of a number that is not an integer. Default 3.
 * @returns the text to show.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plot.formatNumber(12345), "12,345");
 * assertEquals(plot.formatNumber(-0.04567), "−0.0457");
 * assertEquals(plot.formatNumber(1.5e-7), "1.50e−7");
 * ```
 */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === Infinity) return `${sign}∞`;
  if (Number.isInteger(value) && size < 1e15) return sign + grouped(String(size));
  if (size < 1e-4 || size >= 1e15) {
    return sign + size.toExponential(Math.max(0, digits - 1)).replace("-", "−").replace("e+", "e");
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return sign + grouped(size.toFixed(decimals));
}

/** Returns a number for an axis: without trailing zeros. */
export function formatTick(value: number): string {
  return formatNumber(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** Returns digits with thousands separators before the decimal point. */
export function grouped(digits: string): string {
  const [whole, fraction] = digits.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/**
 * Returns a value as JSON that cannot end its script element, whatever a text in the value says.
 * JSON.stringify escapes lone surrogates.
 */
export function jsonInScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
