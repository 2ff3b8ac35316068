import { CircuitbookError } from "../../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../../base/random.ts";
import type { Problem } from "../problems/problem.ts";
import { checkOrder, type SearchOrder } from "../problems/problems.ts";
import { prompts, type PromptTemplate } from "../prompts/prompts.ts";
import { fixedOrder, nearMiss, randomTrial, type Trial, trialOf } from "../problems/trials.ts";

/** A problem worked out in the form that `countdown-r1` writes. */
export interface Chain {
  problem: Problem;
  prompt: string;
  /** What follows the prompt, up to `</answer>`. */
  completion: string;
  /** Prompt and completion. */
  text: string;
}

/** Settings of {@link chains}. */
export interface ChainOptions {
  seed?: number;
  /** The order in which attempts are made. */
  order?: SearchOrder;
  template?: PromptTemplate;
  /** In random order: exactly so many wrong attempts before the problem's own solution. By default up to six, as chance has it. */
  wrong?: number;
  /** In random order: the share of attempts, but the last, that are near misses. Default 0: as near as chance has them. */
  near?: number;
  /** What follows a result on its line. By default ` (this works)` and ` (not 46)`. */
  verdict?: (result: number, target: number) => string;
}

const MOST_WRONG_ATTEMPTS = 6;

/**
 * Chains of thought for the problems, one each, as text to run a model over: attempts with their steps, each wrong one
 * followed by ` (not T)`, then the right one, ` (this works)` (or other words: `verdict`), and the answer.
 *
 * In fixed order a chain has the attempts that the search meets before the first solution; in random order up to six
 * wrong ones, then the problem's own solution unless one was met before.
 *
 * @throws CircuitbookError when the fixed order finds no solution, a random chain is asked of a problem without one, or a
 * number of wrong attempts of chains in fixed order.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [chain] = countdown.chains(countdown.problems({ n: 1, seed: 1 }));
 * assert(chain.completion.includes(" (this works)\n"));
 * ```
 */
export function chains(
  problems: readonly Problem[],
  { seed = 0, order = "fixed", template = "short", wrong, near = 0, verdict = canonicalVerdict }:
    ChainOptions = {},
): Chain[] {
  checkOrder(order);
  if (wrong !== undefined && (order === "fixed" || !Number.isInteger(wrong) || wrong < 0)) {
    throw new CircuitbookError(
      `Expected a whole number of wrong attempts in random order but found ${wrong} in ${order} order.`,
    );
  }
  const random = seededRandom(seed);
  return problems.map((problem) => {
    const prompt = prompts[template](problem);
    const tried = order === "fixed" ? searched(problem) : guessed(problem, random, { wrong, near });
    const completion = written(problem, tried, verdict);
    return { problem, prompt, completion, text: prompt + completion };
  });
}

function searched({ numbers, target, id }: Problem): Trial[] {
  const tried: Trial[] = [];
  for (const next of fixedOrder(numbers)) {
    tried.push(next);
    if (next.result === target) return tried;
  }
  throw new CircuitbookError(
    `Expected a problem that sums and differences solve but found ${id}; make it with order "fixed", or ask for random chains.`,
  );
}

function guessed(
  { numbers, target, id, solution }: Problem,
  random: Random,
  { wrong, near }: { wrong?: number; near: number },
): Trial[] {
  if (solution === undefined) {
    throw new CircuitbookError(
      `Expected a problem with a solution but found none for ${id}; ask for fixed-order chains.`,
    );
  }
  if (wrong !== undefined) {
    return [...wrongTrials({ numbers, target, id }, random, wrong), trialOf(solution)];
  }
  const tried = new Map<string, Trial>();
  for (let left = integer(random, 0, MOST_WRONG_ATTEMPTS); left > 0; left--) {
    const next = near && random() < near
      ? nearMiss(random, numbers, target)
      : randomTrial(random, numbers);
    tried.set(next.expression, next);
    if (next.result === target) return [...tried.values()];
  }
  return [...tried.values(), trialOf(solution)];
}

/** So many different trials that miss the target. */
function wrongTrials({ numbers, target, id }: Problem, random: Random, count: number): Trial[] {
  const tried = new Map<string, Trial>();
  for (let draws = 0; tried.size < count; draws++) {
    if (draws > 1000 * (count + 1)) {
      throw new CircuitbookError(
        `Expected ${count} wrong attempts of ${id} but found only ${tried.size}; ask for fewer.`,
      );
    }
    const next = randomTrial(random, numbers);
    if (next.result !== target) tried.set(next.expression, next);
  }
  return [...tried.values()];
}

function written(
  { numbers, target }: Problem,
  tried: readonly Trial[],
  verdict: Required<ChainOptions>["verdict"],
): string {
  const listed = `${numbers.slice(0, -1).join(", ")}, and ${numbers[numbers.length - 1]}`;
  const lines = tried.map(({ steps, result }) =>
    `- ${steps.join(" = ")}${verdict(result, target)}\n`
  );
  const { expression } = tried[tried.length - 1];
  return ` We have the numbers ${listed}. Let's try different combinations:\n${lines.join("")}` +
    `So, the equation that equals ${target} is ${expression}. </think>\n<answer> ${expression} </answer>`;
}

function canonicalVerdict(result: number, target: number): string {
  return result === target ? " (this works)" : ` (not ${target})`;
}
