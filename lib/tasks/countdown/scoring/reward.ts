import { attempts } from "../parsing/attempts.ts";
import type { Attempt } from "../parsing/attempt.ts";
import type { Problem } from "../problems/problem.ts";
import { score } from "./score.ts";

/** What a text earns, and what for. */
export interface Reward {
  /** The answer's part and the form's, weighted. */
  total: number;
  /** 1 where the answer is right and the text ends right after it, else 0. */
  answer: 0 | 1;
  /** The share of attempts whose verdict has the canonical form; 0 where there are none. */
  format: number;
}

/** How the parts count. */
export interface RewardOptions {
  /** What an attempt's form counts against the answer. Default 0.5. */
  formatWeight?: number;
  /** What must follow `</answer>`. Default `<|endoftext|>`. */
  end?: string;
}

/**
 * What a completion of a countdown prompt earns, by rules alone: 1 for a right answer that uses each number once, at whose
 * `</answer>` the text ends, and half the share of lines of attempts (`- …`) that are written `… = 46 (this works)` or
 * `… = 52 (not 46)`, whether the verdict is true or not.
 *
 * The rule of `countdown-r1`; that of its source, TinyZero, gives 1 for a right answer and 0.1 for the tags around it.
 *
 * @param completion with its end token.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([5, 9, 20], 24);
 * const answer = "</think>\n<answer> 20 + 9 - 5 </answer><|endoftext|>";
 * const said = "- 20 - 9 + 5 = 11 + 5 = 16 (too low)\n- 20 + 9 - 5 = 29 - 5 = 24 (this works)\n";
 * assertEquals(countdown.reward(said + answer, problem), { total: 1.25, answer: 1, format: 0.5 });
 * ```
 */
export function reward(
  completion: string,
  problem: Problem,
  { formatWeight = 0.5, end = "<|endoftext|>" }: RewardOptions = {},
): Reward {
  const answer = completion.endsWith(`</answer>${end}`) && score(completion, problem).correct
    ? 1
    : 0;
  const lines = completion.split("\n").filter((line) => line.startsWith("- "));
  const canonical = lines.filter((line) => {
    const [attempt] = attempts(line, problem);
    return attempt !== undefined && hasCanonicalVerdict(attempt, problem) &&
      line.length === attempt.spans.attempt.end + 1;
  });
  const format = lines.length ? canonical.length / lines.length : 0;
  return { total: answer + formatWeight * format, answer, format };
}

/**
 * Whether an attempt is followed by one of the two verdicts that a tuned model settles on, `(this works)` or `(not 46)` with
 * the problem's target: the form alone, be it true or not.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([87, 38], 46);
 * const written = countdown.attempts("87 - 38 = 49 (not 46)\n87 - 38 = 49 (no)", problem);
 * assertEquals(written.map((attempt) => countdown.hasCanonicalVerdict(attempt, problem)), [true, false]);
 * ```
 */
export function hasCanonicalVerdict({ verdictText, spans }: Attempt, { target }: Problem): boolean {
  return spans.open !== undefined &&
    (verdictText === "this works" || verdictText === `not ${target}`);
}
