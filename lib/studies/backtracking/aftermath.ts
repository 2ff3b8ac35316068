import type { AlteredText, ProblemText } from "../../tasks/countdown/alterations/alter.ts";
import type { Verdict } from "../../tasks/countdown/parsing/attempt.ts";
import { attempts } from "../../tasks/countdown/parsing/attempts.ts";
import { type Outcome, outcome } from "../../tasks/countdown/parsing/outcome.ts";
import type { Problem } from "../../tasks/countdown/problems/problem.ts";
import { score } from "../../tasks/countdown/scoring/score.ts";

/** What became of a text after the ` (` at which it was cut. */
export interface Aftermath {
  /** What the model said of the attempt. */
  verdict: Verdict | undefined;
  /** The number in that verdict, where it is `not` and a number: what the model takes for the target. */
  names: number | undefined;
  /** What it did next. */
  outcome: Outcome;
  /** Whether it tried the same expression again. */
  repeats: boolean;
  /** Whether it did so with the expression's true value as the result: a mistake there is put right. */
  putsRight: boolean;
  /** Whether the text ends in an answer. */
  answered: boolean;
  /** Whether that answer solves the problem. */
  solved: boolean;
  /**
   * Whether the chain gets over the attempt. A wrong attempt that states the target: it is not what the chain ends with, for the
   * model rejects it, tries again after all, or answers right. Any other: it is put right later, or the answer is right.
   */
  recovers: boolean;
}

/**
 * What a continuation makes of an altered text: the verdict, whether the model tries again, whether it comes back to the
 * attempt and puts it right, whether it answers, and whether the answer solves the problem (its own target, whatever the prompt was changed to).
 *
 * @param continuation what the model wrote after the text's ` (`.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const [chain] = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const altered = countdown.alter(chain, tokenizer, { attempt: 1, result: 53 });
 * const after = backtracking.aftermath(altered, "not 52)\n- 87 - 38 + 3 = 49 + 3 = 52 (this works)\n", chain.problem);
 * assertEquals([after.verdict, after.outcome, after.putsRight, after.answered], ["not", "tries again", true, false]);
 * ```
 */
export function aftermath(altered: AlteredText, continuation: string, problem: Problem): Aftermath {
  const whole: ProblemText = { problem, text: altered.text + continuation };
  const [attempt, ...later] = attempts(whole.text, problem).slice(altered.index);
  const { verdict } = attempt ?? {};
  const next = outcome(continuation);
  const again = later.filter(({ expression }) => expression === altered.expression);
  const [, named] = continuation.match(/^not (\d+)/) ?? [];
  const putsRight = again.some(({ statesTruth }) => statesTruth);
  const claims = altered.stated === problem.target && !altered.statesTruth;
  const { answer, correct } = score(whole.text, problem);
  return {
    verdict,
    names: named === undefined ? undefined : Number(named),
    outcome: next,
    repeats: again.length > 0,
    putsRight,
    answered: answer !== undefined,
    solved: correct,
    recovers: correct || (claims ? verdict === "not" || next === "tries again" : putsRight),
  };
}
