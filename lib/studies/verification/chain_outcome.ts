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

/**
 * What can become of a chain, in the order in which {@link chainOutcome} looks for the outcomes.
 */
export const CHAIN_OUTCOMES = [
  "not recognised",
  "recognised",
  "copied wrongly",
  "wrong arithmetic",
  "out of range",
  "not reached",
] as const;

/** What became of a chain. */
export type ChainOutcome = typeof CHAIN_OUTCOMES[number];

/** The greatest length of a result in the chains of the task. */
const LARGEST_RESULT = 999;

/**
 * Returns the outcome of a chain: the first of these outcomes that holds. A right result is written
 * and _not recognised_ at least once; a right result is written and _recognised_; an expression
 * lacks a number of the problem or has another one (_copied wrongly_); an expression is given a
 * result that it does not have (_wrong arithmetic_); a result leaves ±999, which no result of the
 * task does (_out of range_); none of these, and the target is _not reached_.
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
