/** The text with every character that HTML reads as markup replaced, safe in content and in quoted attributes. */
export { escape as escapeHtml } from "deno-std/html/mod.js";

const VISIBLE: Readonly<Record<string, string>> = { " ": "·", "\n": "↵", "\t": "⇥", "\r": "␍" };

/**
 * A token as people can read it: spaces as `·`, line breaks as `↵`, other invisible characters as their code.
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
  return token
    .replace(/[ \n\t\r]/g, (character) => VISIBLE[character])
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu,
      (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
    );
}

/** The text cut to at most `length` characters, the last of them `…` when something was left out. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : characters.slice(0, length - 1).join("") + "…";
}

/** About how wide a text is drawn, in pixels: there is no canvas to measure with. */
export function textWidth(text: string, fontSize = 12): number {
  let ems = 0;
  for (const character of text) ems += character.codePointAt(0)! > 0x2e7f ? 1 : 0.6;
  return ems * fontSize;
}

/**
 * A number for people: whole numbers with separators, others with `digits` significant digits, a true minus sign.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([12345, -0.04567, 1.5e-7, NaN].map((x) => plot.formatNumber(x)), ["12,345", "−0.0457", "1.50e−7", "NaN"]);
 * ```
 */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === Infinity) return `${sign}∞`;
  if (Number.isInteger(value) && size < 1e15) return sign + grouped(String(size));
  if (size < 1e-4 || size >= 1e15) {
    return sign + size.toExponential(digits - 1).replace("-", "−").replace("e+", "e");
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return sign + grouped(size.toFixed(decimals));
}

/** A number beside an axis: without zeros at its end. */
export function formatTick(value: number): string {
  return formatNumber(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** Digits with a comma at every third place before the point. */
export function grouped(digits: string): string {
  const [whole, fraction] = digits.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}
