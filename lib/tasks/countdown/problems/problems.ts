import { checkArguments, is } from "../../../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../../base/random.ts";
import { type Problem, problem } from "./problem.ts";
import { fixedOrder, randomNumbers, randomTrial, type Trial } from "./trials.ts";

/**
 * How a solution is searched: "fixed" tries sums and differences in a fixed order, "random" tries
 * any operators at random.
 */
export type SearchOrder = "fixed" | "random";

/** Settings of {@link problems}. */
export interface ProblemOptions {
  /** How many problems. */
  n: number;
  /** Default 0. */
  seed?: number;
  /**
   * How many numbers a problem has. "mix", the default, draws three in 70 % of the problems, else
   * four.
   */
  operands?: 3 | 4 | "mix";
  /**
   * Which solutions problems have. "fixed", the default: a sum or difference among the first eight
   * expressions of the fixed search order. "random": any operators, with exact divisions only.
   */
  order?: SearchOrder;
}

const FIXED_TRIALS = 8;

/**
 * Returns countdown problems of the kinds that the embedded models know: all different, with
 * numbers and targets from 1 to 99. A larger `n` continues the problems of the same seed.
 *
 * @param options how many problems, and of which kind.
 * @returns the problems, each with its solution.
 * @throws CircuitbookError if `n` is not a whole number from 0 on, or an option is unknown.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [first] = countdown.problems({ n: 1, seed: 7 });
 * assertEquals(countdown.score(`<answer> ${first.solution} </answer>`, first).correct, true);
 * ```
 */
export function problems(
  options: ProblemOptions,
): Problem[] {
  checkArguments("problems", { options: [options, is.like("an object", "n")] });
  const { n, seed = 0, operands = "mix", order = "fixed" } = options;

  if (!Number.isSafeInteger(n) || n < 0) {
    throw new CircuitbookError(`Expected n to be a whole number from 0 on but found ${n}.`);
  }
  if (![3, 4, "mix"].includes(operands)) {
    throw new CircuitbookError(`Expected operands to be 3, 4 or "mix" but found ${operands}.`);
  }
  checkOrder(order);
  const random = seededRandom(seed);
  const found = new Map<string, Problem>();
  while (found.size < n) {
    const numbers = randomNumbers(random, operands);
    const solution = order === "fixed"
      ? fixedSolution(random, numbers)
      : randomTrial(random, numbers);
    if (!solution || solution.result < 1 || solution.result > 99) continue;
    const next = problem(numbers, solution.result, solution.expression);
    if (!found.has(next.id)) found.set(next.id, next);
  }
  return [...found.values()];
}

/**
 * @throws CircuitbookError if the order is neither "fixed" nor "random".
 */
export function checkOrder(order: string): void {
  if (order === "fixed" || order === "random") return;
  const [nearest] = nearestNames(order, ["fixed", "random"]);
  throw new CircuitbookError(
    `Expected the order "fixed" or "random" but found "${order}"; nearest: "${nearest}".`,
  );
}

/**
 * Returns one of the first trials of the fixed order, or `undefined` if an earlier trial has the
 * same result.
 */
function fixedSolution(random: Random, numbers: readonly number[]): Trial | undefined {
  const tried = [...fixedOrder(numbers).take(integer(random, 1, FIXED_TRIALS))];
  const last = tried[tried.length - 1];
  return tried.findIndex(({ result }) => result === last.result) === tried.length - 1
    ? last
    : undefined;
}
