import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { integer, seededRandom, shuffle } from "../../base/random.ts";
import { type Problem, problem } from "../../tasks/countdown/problems/problem.ts";
import { trial } from "../../tasks/countdown/problems/trials.ts";

const SUMS = [["+", "+"], ["+", "-"], ["-", "+"]];
const PRODUCTS = [["*", "+"], ["*", "-"], ["+", "*"], ["-", "*"]];

/**
 * Returns two lists of countdown problems over the same numbers: problem i of one list is solved by
 * a sum or difference, problem i of the other by an expression with a product. The two lists differ
 * in the solutions, not in the numbers. Targets are from 1 to 99.
 *
 * @param options `n`: how many problems each list has; `seed`, default 0.
 * @returns the two lists.
 * @throws CircuitbookError if `n` is not a whole number from 0 on.
 *
 * @example
 * ```ts
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const { sums: [sum], products: [product] } = contrastive.sumsAndProducts({ n: 1, seed: 1 });
 * assertEquals([sum.solution!.includes("*"), product.solution!.includes("*")], [false, true]);
 * ```
 */
export function sumsAndProducts(
  options: { n: number; seed?: number },
): { sums: Problem[]; products: Problem[] } {
  checkArguments("sumsAndProducts", { options: [options, is.like("an object", "n")] });
  const { n, seed = 0 } = options;

  if (!Number.isSafeInteger(n) || n < 0) {
    throw new CircuitbookError(`Expected n to be a whole number from 0 on but found ${n}.`);
  }
  const random = seededRandom(seed);
  const sums = new Map<string, Problem>();
  const products = new Map<string, Problem>();
  const solvedBy = (
    numbers: readonly number[],
    choices: readonly string[][],
  ): Problem | undefined => {
    const found = trial(shuffle(random, numbers), shuffle(random, choices)[0]);
    return found && found.result >= 1 && found.result <= 99
      ? problem(numbers, found.result, found.expression)
      : undefined;
  };
  while (sums.size < n) {
    const numbers = shuffle(random, [
      integer(random, 2, 9),
      integer(random, 2, 11),
      integer(random, 1, 60),
    ]);
    const sum = solvedBy(numbers, SUMS);
    const product = solvedBy(numbers, PRODUCTS);
    if (!sum || !product || sum.id === product.id || sums.has(sum.id) || products.has(product.id)) {
      continue;
    }
    sums.set(sum.id, sum);
    products.set(product.id, product);
  }
  return { sums: [...sums.values()], products: [...products.values()] };
}
