/** What a chain of thought does next: it ends, it goes on reasoning, or neither is to be seen. */
export type ReasoningOutcome = "ends" | "goes on" | "unclear";

/** An equals sign before a number: the result of a calculation. */
const CALCULATION = /=[\s\\$€£({[-]*−?\d/;

/**
 * What a chain of thought does from a place on. It *ends* when it is left (`</think>`) before another calculation is written,
 * and *goes on* when another calculation comes first; a text that does neither is *unclear*: it was cut off, or is no
 * reasoning.
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
  const end = text.indexOf("</think>");
  const calculation = text.search(CALCULATION);
  if (end < 0 && calculation < 0) return "unclear";
  return calculation < 0 || (end >= 0 && end < calculation) ? "ends" : "goes on";
}
