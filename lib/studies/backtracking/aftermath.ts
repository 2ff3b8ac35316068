import { checkArguments, is } from "../../base/arguments.ts";
import { anAlteredText } from "./kinds.ts";
import { aProblem } from "../../tasks/kinds.ts";
import type { AlteredText, ProblemText } from "../../tasks/countdown/alterations/alter.ts";
import type { Verdict } from "../../tasks/countdown/parsing/attempt.ts";
import { attempts } from "../../tasks/countdown/parsing/attempts.ts";
import { type Outcome, outcome } from "../../tasks/countdown/parsing/outcome.ts";
import type { Problem } from "../../tasks/countdown/problems/problem.ts";
import { score } from "../../tasks/countdown/scoring/score.ts";

/** What became of a text after the ` (` at which it was cut. */
export interface Aftermath {
  /** The model's verdict on the attempt; `undefined` if the model wrote none. */
  verdict: Verdict | undefined;
  /**
   * The number in the verdict `not N`, which the model takes for the target; `undefined` for other
   * verdicts.
   */
  names: number | undefined;
  /** Whether the model answered or tried again. */
  outcome: Outcome;
  /** Whether the model tried the same expression again. */
  repeats: boolean;
  /**
   * Whether it tried the same expression again and stated its true value, which corrects a mistake.
   */
  putsRight: boolean;
  /** Whether the text ends in an answer. */
  answered: boolean;
  /** Whether the answer solves the problem. */
  solved: boolean;
  /**
   * Whether the chain recovers from the attempt. A wrong attempt that states the target is
   * recovered from if the model rejects it, tries again after all, or answers correctly. Any other
   * attempt is recovered from if it is corrected later, or the answer is correct.
   */
  recovers: boolean;
}

/**
 * Returns what became of an altered text: the verdict, whether the model tries again, whether it
 * corrects the attempt, and whether its answer solves the problem. The answer is held to the
 * problem's own target, also if the prompt names another.
 *
 * @param altered the altered text.
 * @param continuation what the model wrote after the text's ` (`.
 * @param problem the problem of the text.
 * @returns the aftermath.
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
 * const after = backtracking.aftermath(
 *   altered,
 *   "not 52)\n- 87 - 38 + 3 = 49 + 3 = 52 (this works)\n",
 *   chain.problem,
 * );
 * assertEquals([after.verdict, after.outcome, after.putsRight, after.answered], [
 *   "not",
 *   "tries again",
 *   true,
 *   false,
 * ]);
 * ```
 */
export function aftermath(altered: AlteredText, continuation: string, problem: Problem): Aftermath {
  checkArguments("aftermath", {
    altered: [altered, anAlteredText],
    continuation: [continuation, is.text],
    problem: [problem, aProblem],
  });

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
