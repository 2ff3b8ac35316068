import { z } from "zod";
import { CircuitbookError } from "../../../base/errors.ts";
import { seededRandom } from "../../../base/random.ts";
import { anything, atLeastOne, checkOptions, wholeNumber } from "../../../base/options.ts";
import type { Alteration } from "./alteration.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import { alter, type CutPositions } from "./alter.ts";
import { attempts } from "../parsing/attempts.ts";
import { type Chain, chains } from "../chains/chains.ts";
import type { Problem } from "../problems/problem.ts";
import { otherNumber } from "./other_number.ts";
import { problems, type SearchOrder } from "../problems/problems.ts";
import type { PromptTemplate } from "../prompts/prompts.ts";

/**
 * A pair of a clean and a corrupted prompt with equally many tokens, both cut before a verdict: the
 * verdict on the clean prompt should be right, on the corrupted prompt wrong.
 */
export interface MatchedPair {
  /** The problem of the clean prompt. */
  problem: Problem;
  /** How many attempts come before. */
  index: number;
  /** The tokens of the clean prompt, in which the stated result is the target. */
  correct: number[];
  /** The tokens of the corrupted prompt, in which the stated result is not the target. */
  wrong: number[];
  /** The positions at which the two prompts differ. */
  changed: number[];
  /** The token positions of the parts, which are the same in both prompts. */
  positions: CutPositions;
}

/** Settings of {@link matchedPairs}. */
export interface PairOptions {
  /** How many pairs. */
  n: number;
  /** Default 0. */
  seed?: number;
  /**
   * What makes the corrupted prompt wrong. "target", the default: another target wherever it is
   * written, in the prompt and in the earlier `(not 62)`. "result": another result right before the
   * verdict.
   */
  change?: "target" | "result";
  /**
   * The index of the right attempt: only problems that are solved at this attempt are used. By
   * default any.
   */
  attempt?: number;
  /** The search order of the problems and chains. Default "fixed". */
  order?: SearchOrder;
  /** How many numbers a problem has. Default "mix". */
  operands?: 3 | 4 | "mix";
  /** The template of the prompts. Default "short". */
  template?: PromptTemplate;
}

/** Pairs, and how many candidates were left out. */
export interface MatchedPairs {
  /** The pairs. */
  pairs: MatchedPair[];
  /**
   * How many pairs were left out because their prompts differ in the number of tokens, or in the
   * positions of the parts.
   */
  dropped: number;
}

const pairSchema = z.strictObject({
  n: atLeastOne,
  seed: wholeNumber.optional(),
  change: z.enum(["target", "result"], `to be "target" or "result"`).optional(),
  attempt: wholeNumber.min(0, "to be a whole number from 0 on").optional(),
  order: anything,
  operands: anything,
  template: anything,
});

/** How many problems are tried for each pair. */
const PATIENCE = 40;

/**
 * Returns pairs of clean and corrupted prompts that differ in few tokens, for activation patching.
 * A prompt is a problem's prompt and chain up to the ` (` after a result, so that the next token is
 * the verdict.
 *
 * In the clean prompt the attempt states the target. The corrupted prompt is the same text with
 * another target of as many digits everywhere, or with another result. The new number is no number
 * of the problem and no result of the chain, and differs from the target in every digit. Whether a
 * model judges both prompts of a pair correctly is not checked.
 *
 * @param tokenizer the tokenizer of the model that is to judge.
 * @param options how many pairs, and what makes the corrupted prompt wrong.
 * @returns the pairs, and how many were left out.
 * @throws CircuitbookError if too few pairs have tokens that agree, or too few problems are solved
 * at the attempt.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const { pairs: [pair] } = countdown.matchedPairs(tokenizer, { n: 1, seed: 1, change: "result" });
 * assertEquals(pair.changed.every((position) => pair.positions.digits.includes(position)), true);
 * ```
 */
export function matchedPairs(tokenizer: TextTokenizer, options: PairOptions): MatchedPairs {
  checkOptions(options, pairSchema, "matchedPairs");
  const { n, seed = 0, change = "target", attempt, order = "fixed", operands, template } = options;
  const random = seededRandom(seed);
  const pairs: MatchedPair[] = [];
  let dropped = 0;
  const candidates = problems({ n: n * PATIENCE, seed, order, operands });
  for (const chain of chains(candidates, { seed, order, template })) {
    const results = attempts(chain.text, chain.problem).map(({ stated }) => stated.toNumber());
    const last = results.length - 1;
    if (attempt !== undefined && last !== attempt) continue;
    const other = otherNumber(random, chain.problem, results);
    if (other === undefined) continue;
    const pair = pairOf(
      chain,
      tokenizer,
      last,
      change === "target" ? { target: other, copies: other } : { result: other },
    );
    if (pair) pairs.push(pair);
    else dropped++;
    if (pairs.length === n) return { pairs, dropped };
  }
  throw new CircuitbookError(
    `Expected ${n} pairs but found ${pairs.length} among ${candidates.length} problems, and ${dropped} whose tokens ` +
      `differ in number; ask for fewer, for another attempt, or use another tokenizer.`,
  );
}

function pairOf(
  chain: Chain,
  tokenizer: TextTokenizer,
  attempt: number,
  change: Omit<Alteration, "attempt">,
): MatchedPair | undefined {
  const correct = alter(chain, tokenizer, { attempt });
  const wrong = alter(chain, tokenizer, { attempt, ...change });
  const hasSamePositions = JSON.stringify(correct.positions) === JSON.stringify(wrong.positions);
  if (!hasSamePositions || correct.tokens.length !== wrong.tokens.length) return undefined;
  return {
    problem: chain.problem,
    index: attempt,
    correct: correct.tokens,
    wrong: wrong.tokens,
    changed: [...correct.tokens.keys()].filter((i) => correct.tokens[i] !== wrong.tokens[i]),
    positions: correct.positions,
  };
}
