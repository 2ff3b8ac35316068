import { checkArguments, is } from "../../base/arguments.ts";

/** What the outcome of a chain depends on in one of its attempts. */
export interface OutcomeAttempt {
  /** The verdict that the chain gives the attempt, "this" or "not". */
  readonly verdict: string;
  /** Whether the stated result is the target. */
  readonly statesTarget: boolean;
  /** Whether the stated result is the true value of the expression. */
  readonly statesTruth: boolean;
  /** Whether the expression uses each number of the problem once. */
  readonly usesNumbersOnce: boolean;
  /** The stated result. */
  readonly stated: number;
}

/** The outcomes of a chain, in the order in which {@link chainOutcome} looks for them. */
export const CHAIN_OUTCOMES = [
  "not recognised",
  "recognised",
  "copied wrongly",
  "wrong arithmetic",
  "out of range",
  "not reached",
] as const;

/** The outcome of a chain. */
export type ChainOutcome = typeof CHAIN_OUTCOMES[number];

/** The greatest absolute value of a result in the chains of the task. */
const LARGEST_RESULT = 999;

/**
 * Returns the outcome of a chain, which is the first of these outcomes that holds:
 *
 * - `not recognised`: the chain gives a right result another verdict than "this", at least once.
 * - `recognised`: the chain has a right result.
 * - `copied wrongly`: an expression does not use each number of the problem once.
 * - `wrong arithmetic`: the stated result of an expression is not its value.
 * - `out of range`: a stated result is below −999 or above 999, as no result of the task is.
 * - `not reached`: none of the above.
 *
 * @param attempts the attempts of one chain whose verdicts are known, in any order.
 * @returns the outcome.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const attempt = { statesTarget: true, statesTruth: true, usesNumbersOnce: true, stated: 46 };
 * assertEquals(verificationStudy.chainOutcome([{ ...attempt, verdict: "this" }]), "recognised");
 * assertEquals(verificationStudy.chainOutcome([{ ...attempt, verdict: "not" }]), "not recognised");
 * assertEquals(verificationStudy.chainOutcome([]), "not reached");
 * ```
 */
export function chainOutcome(attempts: readonly OutcomeAttempt[]): ChainOutcome {
  checkArguments("chainOutcome", {
    attempts: [attempts, is.listOf(is.like("an attempt", "verdict", "stated"))],
  });

  const right = attempts.filter((attempt) =>
    attempt.statesTarget && attempt.statesTruth && attempt.usesNumbersOnce
  );
  if (right.some(({ verdict }) => verdict !== "this")) return "not recognised";
  if (right.length > 0) return "recognised";
  if (attempts.some(({ usesNumbersOnce }) => !usesNumbersOnce)) return "copied wrongly";
  if (attempts.some(({ statesTruth }) => !statesTruth)) return "wrong arithmetic";
  const isBeyond = attempts.some(({ stated }) => Math.abs(stated) > LARGEST_RESULT);
  return isBeyond ? "out of range" : "not reached";
}
