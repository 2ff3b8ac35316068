import { CircuitbookError } from "../../../base/errors.ts";
import type { Random } from "../../../base/random.ts";
import type { Problem } from "./problem.ts";
import { randomTrial, type Trial } from "./trials.ts";

/**
 * Returns this many different random trials that miss the target of a problem.
 *
 * @throws CircuitbookError if the problem has fewer.
 */
export function wrongTrials(
  random: Random,
  { numbers, target, id }: Pick<Problem, "numbers" | "target" | "id">,
  count: number,
): Trial[] {
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
