import { CircuitbookError } from "../../../base/errors.ts";

/** A countdown problem: reach the target with each of the numbers once. */
export interface Problem {
  /** The same for the same numbers (in any order) and target: what data are split by. */
  id: string;
  numbers: number[];
  target: number;
  /** An expression that reaches the target; generated problems have one. */
  solution?: string;
}

/**
 * A problem from its numbers and target.
 *
 * @throws CircuitbookError when there are no numbers, or one of them or the target is not whole.
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
  if (!numbers.length || ![...numbers, target].every(Number.isSafeInteger)) {
    throw new CircuitbookError(
      `Expected whole numbers and a whole target but found [${numbers.join(", ")}] and ${target}.`,
    );
  }
  const id = `${[...numbers].sort((a, b) => a - b).join(",")}=${target}`;
  return { id, numbers: [...numbers], target, ...(solution === undefined ? {} : { solution }) };
}
