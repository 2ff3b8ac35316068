import { z } from "zod";
import { checkArguments } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../base/random.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../../base/options.ts";
import { aTokenizer } from "../kinds.ts";
import { trialOf } from "../countdown/problems/trials.ts";
import type { TextTokenizer } from "../text/tokenizer.ts";
import { attempts } from "./attempts.ts";
import { chainOf, trialsWithout } from "./chains.ts";
import { problems, type PropertyProblem } from "./problems.ts";
import { hasProperty, isLure, LURES, PROPERTIES, type Property } from "./properties.ts";

/** Token positions in a text that ends before a verdict. */
export interface PropertyPositions {
  /** The equals signs of the attempt. */
  readonly equals: readonly number[];
  /** The digits of the stated result. */
  readonly digits: readonly number[];
  /** The ` (` at the end, where the model predicts the verdict. */
  readonly open: number;
}

/**
 * A pair of a clean and a corrupted prompt with equally many tokens, both cut before a verdict.
 * They differ in digits of the stated result only: the clean one has the property, the corrupted
 * one lacks it.
 */
export interface PropertyPair {
  /** The problem of both prompts. */
  readonly problem: PropertyProblem;
  /** The tokens of the clean prompt. */
  readonly correct: number[];
  /** The tokens of the corrupted prompt. */
  readonly wrong: number[];
  /** The result that the clean prompt states. */
  readonly right: number;
  /** The result that the corrupted prompt states. */
  readonly other: number;
  /** The token positions of the parts, which are those of both prompts. */
  readonly positions: PropertyPositions;
}

/** Settings of {@link pairs}. */
export interface PropertyPairOptions {
  /** How many pairs. */
  readonly n: number;
  /** The seed of the problems and of the other results. Default 0. */
  readonly seed?: number;
  /** The property that is asked for. By default either. */
  readonly property?: Property;
  /** How many wrong attempts come before. Default 1. */
  readonly before?: number;
}

const optionsSchema = z.strictObject({
  n: atLeastOne,
  seed: wholeNumber.optional(),
  property: z.enum(PROPERTIES, `to be one of ${PROPERTIES.join(", ")}`).optional(),
  before: wholeNumber.min(0, "to be a whole number from 0 on").optional(),
});

/**
 * Returns pairs of clean and corrupted prompts for activation patching. A prompt is a problem's
 * prompt and chain up to the ` (` after a result of two digits. Both prompts state another number
 * than the value of the expression, so that they do not differ in whether the equation is true. The
 * number of the clean prompt has the property; the number of the corrupted prompt lacks the
 * property, and is one that is easily mistaken ({@link isLure}).
 *
 * @param tokenizer the tokenizer of the model that is to judge.
 * @param options how many pairs, of which property.
 * @returns the pairs.
 * @throws CircuitbookError if an option is of the wrong kind, or if the two prompts of a pair
 * differ in their number of tokens.
 *
 * @example
 * ```ts
 * import { checkpoints, property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = await checkpoints.loadTokenizer("data/models/countdown-base");
 * const [{ correct, wrong, positions }] = property.pairs(tokenizer, { n: 1 });
 * const changed = correct.flatMap((token, i) => token === wrong[i] ? [] : [i]);
 * assertEquals(changed.every((position) => positions.digits.includes(position)), true);
 * ```
 */
export function pairs(tokenizer: TextTokenizer, options: PropertyPairOptions): PropertyPair[] {
  checkArguments("pairs", { tokenizer: [tokenizer, aTokenizer] });
  checkOptions(options, optionsSchema, "pairs");
  const { n, seed = 0, property, before = 1 } = options;

  const random = seededRandom(seed);
  return problems({ n, seed, property }).map((problem) =>
    pairOf(tokenizer, random, problem, before)
  );
}

function pairOf(
  tokenizer: TextTokenizer,
  random: Random,
  problem: PropertyProblem,
  before: number,
): PropertyPair {
  const solution = trialOf(problem.solution);
  const { text } = chainOf(problem, [...trialsWithout(random, problem, before), solution]);
  const isNew = (value: number) => value !== solution.result;
  const right = numberWith(
    random,
    (value) => isNew(value) && hasProperty(value, problem.property),
  );
  const other = numberWith(
    random,
    (value) => isNew(value) && LURES.some((lure) => isLure(value, problem.property, lure)),
  );
  const correct = cut(tokenizer, problem, text, before, right);
  const wrong = cut(tokenizer, problem, text, before, other);
  if (correct.tokens.length !== wrong.tokens.length) {
    throw new CircuitbookError(
      `Expected ${right} and ${other} to have equally many tokens but found ${correct.tokens.length} and ` +
        `${wrong.tokens.length} tokens of text; use a tokenizer that has a token for each digit, or for each number.`,
    );
  }
  return {
    problem,
    correct: correct.tokens,
    wrong: wrong.tokens,
    right,
    other,
    positions: correct.positions,
  };
}

/** Returns a random number of two digits for which a condition holds. */
function numberWith(random: Random, holds: (value: number) => boolean): number {
  for (;;) {
    const value = integer(random, 10, 99);
    if (holds(value)) return value;
  }
}

/** A text that is cut before the verdict of an attempt. */
export interface CutText {
  /** The token ids, the ` (` last. */
  readonly tokens: number[];
  /** The token positions of the parts. */
  readonly positions: PropertyPositions;
}

/**
 * Returns a chain that is cut right after the ` (` of an attempt.
 *
 * @param tokenizer the tokenizer.
 * @param problem the problem.
 * @param text the chain, with its prompt.
 * @param index the number of attempts before.
 * @param result the result to state in place of the true one.
 */
export function cut(
  tokenizer: TextTokenizer,
  problem: PropertyProblem,
  text: string,
  index: number,
  result?: number,
): CutText {
  const { spans } = attempts(text, problem)[index];
  const { start, end } = spans.result;
  const stated = result === undefined ? text : `${text.slice(0, start)}${result}${text.slice(end)}`;
  const all = tokenizer.encode(stated);
  const { tokens } = attempts(tokenizer.decode(all), problem, tokenizer.pieces(all))[index];
  const { equals, digits, open } = tokens;
  if (open === undefined) {
    throw new CircuitbookError(
      `Expected " (" after the result of attempt ${index} but found none; use a tokenizer with a token for " (".`,
    );
  }
  return { tokens: all.slice(0, open + 1), positions: { equals, digits, open } };
}
