import { checkArguments, is } from "../../../base/arguments.ts";
import { CircuitbookError } from "../../../base/errors.ts";
import { integer, type Random } from "../../../base/random.ts";
import { type Problem, problem } from "./problem.ts";
import { everyTrial, randomNumbers, randomTrial, type Trial } from "./trials.ts";

/**
 * Ways in which a result misses a target narrowly: by 1, 2, 9, 10 or 11; in the last digit only; in
 * the first digit only; with the two digits swapped; with the opposite sign.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(countdown.MISSES.includes("swapped digits"));
 * ```
 */
export const MISSES = [
  "1",
  "2",
  "9",
  "10",
  "11",
  "last digit",
  "first digit",
  "swapped digits",
  "sign",
] as const;

/** A way in which a result misses a target narrowly. */
export type Miss = typeof MISSES[number];

/** A problem with an attempt that misses its target in a given way. */
export interface MissedProblem {
  /** The problem, with its solution. */
  problem: Problem;
  /** The attempt that misses the target. */
  attempt: Trial;
}

/** How many sets of numbers are drawn before a miss is given up; one in twenty is held out. */
const DRAWS = 50_000;

/** How many trials of four numbers are drawn; three numbers have few enough to try them all. */
const TRIALS_OF_FOUR = 100;

/**
 * Returns whether a result misses a target in one way. Both digits of result and target must be
 * there for the ways that speak of digits.
 *
 * @param result the result of an attempt.
 * @param target the target of the problem.
 * @param miss the way.
 * @returns whether the result misses the target in that way.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(countdown.misses(35, 53, "swapped digits"));
 * assert(!countdown.misses(35, 36, "first digit"));
 * ```
 */
export function misses(result: number, target: number, miss: Miss): boolean {
  if (miss === "sign") return result === -target && target !== 0;
  const distance = Math.abs(result - target);
  if (miss !== "last digit" && miss !== "first digit" && miss !== "swapped digits") {
    return distance === Number(miss);
  }
  const twoDigits = (value: number) => value >= 10 && value <= 99;
  if (!twoDigits(result) || !twoDigits(target) || distance === 0) return false;
  const [first, last] = [Math.floor(target / 10), target % 10];
  if (miss === "last digit") return Math.floor(result / 10) === first;
  if (miss === "first digit") return result % 10 === last;
  return result === 10 * last + first;
}

/**
 * Returns a problem and an attempt at it that misses the target in one way. The target is from 1 to
 * 99. Numbers and attempts are drawn from the same distribution as those of random-order chains.
 *
 * @param random the random numbers.
 * @param miss the way in which the attempt misses the target.
 * @param accepts returns whether a set of numbers may be used; all may by default.
 * @returns the problem, its solution and the attempt.
 * @throws CircuitbookError if 50,000 sets of numbers have no such attempt.
 *
 * @example
 * ```ts
 * import { countdown, seededRandom } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { problem, attempt } = countdown.missedProblem(seededRandom(1), "10");
 * assert(Math.abs(attempt.result - problem.target) === 10);
 * ```
 */
export function missedProblem(
  random: Random,
  miss: Miss,
  accepts: (numbers: readonly number[]) => boolean = () => true,
): MissedProblem {
  checkArguments("missedProblem", {
    random: [random, is.callable],
    miss: [miss, is.oneOf(...MISSES)],
    accepts: [accepts, is.callable],
  });

  for (let draws = 0; draws < DRAWS; draws++) {
    const numbers = randomNumbers(random, "mix");
    const found = accepts(numbers) ? missAmong(random, numbers, miss) : undefined;
    if (found) return found;
  }
  throw new CircuitbookError(
    `Expected numbers with an attempt that misses by ${miss} but found none in ${DRAWS} draws.`,
  );
}

/** Returns a problem over these numbers with an attempt that misses, if two trials allow one. */
function missAmong(
  random: Random,
  numbers: readonly number[],
  miss: Miss,
): MissedProblem | undefined {
  const trials = numbers.length === 3
    ? [...everyTrial(numbers)]
    : Array.from({ length: TRIALS_OF_FOUR }, () => randomTrial(random, numbers));
  const solutions = trials.filter(({ result }) => result >= 1 && result <= 99);
  const candidates = solutions.flatMap((solution) =>
    trials.filter(({ result }) => misses(result, solution.result, miss))
      .map((attempt) => ({ solution, attempt }))
  );
  if (!candidates.length) return undefined;
  const { solution, attempt } = candidates[integer(random, 0, candidates.length - 1)];
  return { problem: problem(numbers, solution.result, solution.expression), attempt };
}
