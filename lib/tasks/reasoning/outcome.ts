import { checkArguments, is } from "../../base/arguments.ts";

/**
 * What a chain of thought does next: it ends, it goes on reasoning, or the text does not show
 * which.
 */
export type ReasoningOutcome = "ends" | "goes on" | "unclear";

/** An equals sign before a number: the result of a calculation. */
const CALCULATION = /=[\s\\$€£({[-]*−?\d/;

/**
 * Returns what a chain of thought does next. It *ends* if `</think>` comes before another
 * calculation, and *goes on* if another calculation comes first. A text with neither is *unclear*:
 * it was cut off, or is not reasoning.
 *
 * @param text the continuation of a chain of thought.
 * @returns "ends", "goes on" or "unclear".
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(reasoning.outcome("So, the equation that equals 62 is 68 - 6. </think>"), "ends");
 * assertEquals(reasoning.outcome("Wait, 68 - 6 = 62. </think>"), "goes on");
 * assertEquals(reasoning.outcome("- - - -"), "unclear");
 * ```
 */
export function outcome(text: string): ReasoningOutcome {
  checkArguments("outcome", { text: [text, is.text] });

  const end = text.indexOf("</think>");
  const calculation = text.search(CALCULATION);
  if (end < 0 && calculation < 0) return "unclear";
  return calculation < 0 || (end >= 0 && end < calculation) ? "ends" : "goes on";
}
