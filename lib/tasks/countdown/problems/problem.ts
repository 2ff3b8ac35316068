import { checkArguments, is } from "../../../base/arguments.ts";
import { CircuitbookError } from "../../../base/errors.ts";

/** A countdown problem: reach the target with each number used once. */
export interface Problem {
  /**
   * The numbers in ascending order and the target, `3,38,87=46`. Data are split by this id, so that
   * the same numbers in another order are the same problem.
   */
  id: string;
  /** The given numbers. */
  numbers: number[];
  /** The number to reach. */
  target: number;
  /** An expression that reaches the target. Problems that {@link problems} draws have one. */
  solution?: string;
}

/**
 * Returns the problem with the given numbers and target.
 *
 * @param numbers whole numbers.
 * @param target a whole number.
 * @param solution an expression that reaches the target; it is not checked.
 * @returns the problem.
 * @throws CircuitbookError if there are no numbers, or one of them or the target is not whole.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countdown.problem([87, 3, 38], 46).id, "3,38,87=46");
 * ```
 */
export function problem(numbers: readonly number[], target: number, solution?: string): Problem {
  checkArguments("problem", {
    numbers: [numbers, is.numbers],
    target: [target, is.number],
    solution: [solution, is.optional(is.text)],
  });

  if (!numbers.length || ![...numbers, target].every(Number.isSafeInteger)) {
    throw new CircuitbookError(
      `Expected whole numbers and a whole target but found [${numbers.join(", ")}] and ${target}.`,
    );
  }
  const id = `${[...numbers].sort((a, b) => a - b).join(",")}=${target}`;
  return { id, numbers: [...numbers], target, ...(solution === undefined ? {} : { solution }) };
}
