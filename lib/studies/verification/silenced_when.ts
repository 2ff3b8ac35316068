import type { When } from "../../model/plan/edit.ts";
import { whileJudging } from "../../tasks/countdown/scoring/while_judging.ts";
import { hasProperty, type Property } from "../../tasks/property/properties.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";
import type { JudgingWindow } from "./verification_heads.ts";

/** How many tokens back the `=` of a result is looked for. */
const REACH = 12;

/**
 * Returns the condition under which heads are silenced while a model writes, for the window of its
 * verification heads: at the `(` alone, from the last digit of a right result on, or from the last
 * `=` on. A result is right if it is the target, or has the property. In all windows the verdict is
 * predicted without the heads, and what follows the verdict with them.
 *
 * @param tokenizer the tokenizer of the model that writes.
 * @param window from which token on.
 * @param targets the target of each row: a number, or the property that a result has to have.
 * @returns a condition for the `when` of an edit.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const when = verificationStudy.silencedWhen(tokenizer, "from the last digit", [17]);
 * const acts = ["9 + 8 =", "9 + 8 = 1", "9 + 8 = 17", "9 + 8 = 17 (", "9 + 8 = 17 (not"].map((
 *   text,
 * ) =>
 *   typeof when === "function" && when({ tokens: tokenizer.encode(text), promptLength: 0, row: 0 })
 * );
 * assertEquals(acts, [false, false, true, true, false]);
 * ```
 */
export function silencedWhen(
  tokenizer: TextTokenizer,
  window: JudgingWindow,
  targets: readonly (number | Property)[],
): When {
  const judging = whileJudging(tokenizer);
  return ({ tokens, row }) => {
    if (!judging({ tokens })) return false;
    const written = tokenizer.decode(tokens.slice(-REACH)).split("=").at(-1)!;
    if (/\([^\s]/.test(written)) return false;
    if (written.trimEnd().endsWith("(")) return true;
    if (window === "at the parenthesis") return false;
    return window === "from the last =" || states(written.trim(), targets[row]);
  };
}

/** Returns whether a written number is a target, or has the property that is asked for. */
function states(written: string, target: number | Property): boolean {
  if (typeof target === "number") return written === String(target);
  return /^\d+$/.test(written) && hasProperty(Number(written), target);
}
