import { checkArguments, is } from "../../../base/arguments.ts";
import { aProblem } from "../../kinds.ts";
import { CircuitbookError } from "../../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../../base/random.ts";
import type { Problem } from "../problems/problem.ts";
import { checkOrder, type SearchOrder } from "../problems/problems.ts";
import { prompts, type PromptTemplate } from "../prompts/prompts.ts";
import { fixedOrder, nearMiss, randomTrial, type Trial, trialOf } from "../problems/trials.ts";
import { wrongTrials } from "../problems/wrong_trials.ts";

/** A problem worked out in the form that `countdown-r1` writes. */
export interface Chain {
  /** The problem. */
  problem: Problem;
  /** The prompt of the problem. */
  prompt: string;
  /** The text after the prompt, up to `</answer>`. */
  completion: string;
  /** Prompt and completion. */
  text: string;
}

/** Settings of {@link chains}. */
export interface ChainOptions {
  /** Default 0. */
  seed?: number;
  /** The order in which attempts are made. Default "fixed". */
  order?: SearchOrder;
  /** The template of the prompts. Default "short". */
  template?: PromptTemplate;
  /**
   * In random order: how many wrong attempts come before the problem's own solution. By default up
   * to six, drawn at random.
   */
  wrong?: number;
  /**
   * In random order: the share of attempts, the last excepted, that are near misses. Default 0,
   * which leaves near misses to chance.
   */
  near?: number;
  /** What follows a result on its line. By default ` (this works)` and ` (not 46)`. */
  verdict?: (result: number, target: number) => string;
}

const MOST_WRONG_ATTEMPTS = 6;

/**
 * Returns a worked chain of thought for each problem, as text for a model to read: attempts with
 * their steps, ` (not T)` after each wrong attempt, ` (this works)` after the right one, and the
 * answer.
 *
 * In fixed order a chain has the attempts of the search up to the first solution. In random order
 * it has up to six wrong attempts, then the problem's own solution, unless an attempt before solved
 * the problem.
 *
 * @param problems the problems.
 * @param options the order of attempts, the prompt, and the words of the verdicts.
 * @returns one chain a problem.
 * @throws CircuitbookError if the fixed order finds no solution, if a problem has no solution and
 * the order is random, or if `wrong` is set in fixed order.
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
  options: ChainOptions = {},
): Chain[] {
  checkArguments("chains", {
    problems: [problems, is.listOf(aProblem)],
    options: [options, is.object],
  });
  const {
    seed = 0,
    order = "fixed",
    template = "short",
    wrong,
    near = 0,
    verdict = canonicalVerdict,
  } = options;

  checkOrder(order);
  if (wrong !== undefined && (order === "fixed" || !Number.isInteger(wrong) || wrong < 0)) {
    throw new CircuitbookError(
      `Expected a whole number of wrong attempts in random order but found ${wrong} in ${order} order.`,
    );
  }
  const random = seededRandom(seed);
  return problems.map((problem) => {
    const tried = order === "fixed" ? searched(problem) : guessed(problem, random, { wrong, near });
    return chainOf(problem, tried, { template, verdict });
  });
}

/** Returns the trials of the fixed order up to the first that reaches the target. */
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

/** Returns random trials, the last of which reaches the target. */
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
    return [...wrongTrials(random, { numbers, target, id }, wrong), trialOf(solution)];
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

/**
 * Returns the chain that makes the given attempts in turn. The last attempt is taken for the
 * solution.
 *
 * @param problem the problem that the attempts are about.
 * @param tried the attempts, in order; at least one.
 * @param options the template of the prompt (default "short"), and how verdicts are written
 * (default: `(not 46)` and `(this works)`).
 * @returns the prompt, the completion, and both as one text.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const problem = countdown.problem([3, 87, 38], 46);
 * const solution = { expression: "87 - 38 - 3", steps: ["87 - 38 - 3", "46"], result: 46 };
 * assertStringIncludes(countdown.chainOf(problem, [solution]).completion, "= 46 (this works)");
 * ```
 */
export function chainOf(
  problem: Problem,
  tried: readonly Trial[],
  options: Pick<ChainOptions, "template" | "verdict"> = {},
): Chain {
  checkArguments("chainOf", {
    problem: [problem, aProblem],
    tried: [tried, is.listOf(is.like("a trial", "expression", "steps", "result"))],
    options: [options, is.object],
  });
  if (!tried.length) {
    throw new CircuitbookError(
      "Expected at least one attempt, the answer, but found none; give the solution as a trial.",
    );
  }
  const { template = "short", verdict = canonicalVerdict } = options;

  const prompt = prompts[template](problem);
  const { numbers, target } = problem;
  const completion = completionOf(numbers, `${target}`, tried, (result) => verdict(result, target));
  return { problem, prompt, completion, text: prompt + completion };
}

/**
 * Returns the text of a chain after the prompt.
 *
 * @param numbers the given numbers.
 * @param goal what the equation is to equal, in words.
 * @param tried the attempts; the last one is the answer.
 * @param verdict returns what follows a result on its line.
 */
export function completionOf(
  numbers: readonly number[],
  goal: string,
  tried: readonly Trial[],
  verdict: (result: number) => string,
): string {
  const listed = `${numbers.slice(0, -1).join(", ")}, and ${numbers[numbers.length - 1]}`;
  const lines = tried.map(({ steps, result }) => `- ${steps.join(" = ")}${verdict(result)}\n`);
  const { expression } = tried[tried.length - 1];
  return ` We have the numbers ${listed}. Let's try different combinations:\n${lines.join("")}` +
    `So, the equation that equals ${goal} is ${expression}. </think>\n<answer> ${expression} </answer>`;
}

function canonicalVerdict(result: number, target: number): string {
  return result === target ? " (this works)" : ` (not ${target})`;
}
