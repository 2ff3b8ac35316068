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

/** Two texts of equally many tokens, cut before a verdict: one where it should be right, one where it should be wrong. */
export interface MatchedPair {
  problem: Problem;
  /** How many attempts stand before. */
  index: number;
  /** Tokens of the text in which the stated result is the target. */
  correct: number[];
  /** Tokens of the text in which it is not. */
  wrong: number[];
  /** The positions at which the two differ. */
  changed: number[];
  /** Where the parts stand, in both. */
  positions: CutPositions;
}

/** Settings of {@link matchedPairs}. */
export interface PairOptions {
  /** How many pairs. */
  n: number;
  seed?: number;
  /**
   * What makes the wrong text wrong. "target" (the default): another target wherever it is written, in the prompt and in
   * the earlier `(not 62)`. "result": another result right before the verdict.
   */
  change?: "target" | "result";
  /** Which attempt is the right one, counted from 0: only problems that are solved there. Any by default. */
  attempt?: number;
  order?: SearchOrder;
  operands?: 3 | 4 | "mix";
  template?: PromptTemplate;
}

/** The pairs that were asked for, and how many were left out on the way. */
export interface MatchedPairs {
  pairs: MatchedPair[];
  /** Pairs left out because their texts differ in the number of tokens, or in where the parts stand. */
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

/** How many problems are tried for each pair that is asked for. */
const PATIENCE = 40;

/**
 * Correct and wrong attempts that differ in few tokens, for activation patching: prompt and chain of a problem up to the
 * ` (` after a result, so that the next token is the verdict.
 *
 * In the correct text the attempt states the target; the wrong one is the same text with another target of as many
 * digits everywhere, or with another result. The new number is no number of the problem and no result of the chain, and differs
 * from the target in every digit. Whether a model judges both texts of a pair right is for the caller to see.
 *
 * @throws CircuitbookError when there are not enough pairs whose tokens agree, or too few problems solved at that attempt.
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
  const same = JSON.stringify(correct.positions) === JSON.stringify(wrong.positions);
  if (!same || correct.tokens.length !== wrong.tokens.length) return undefined;
  return {
    problem: chain.problem,
    index: attempt,
    correct: correct.tokens,
    wrong: wrong.tokens,
    changed: [...correct.tokens.keys()].filter((i) => correct.tokens[i] !== wrong.tokens[i]),
    positions: correct.positions,
  };
}
