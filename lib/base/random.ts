import { mersenne } from "pure-rand/generator/mersenne";
import { checkArguments, is } from "./arguments.ts";

/** A function that returns the next of a sequence of uniform random numbers in [0, 1). */
export type Random = () => number;

/**
 * Returns a random number generator (Mersenne Twister). One seed gives the same numbers on every
 * machine.
 *
 * @param seed a whole number; only its low 32 bits count.
 * @returns a function that returns the next number, uniform in [0, 1).
 *
 * @example
 * ```ts
 * import { seededRandom } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(seededRandom(1)(), seededRandom(1)());
 * ```
 */
export function seededRandom(seed: number): Random {
  const generator = mersenne(seed | 0);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

/**
 * Returns the seed of one item, such as a row of a batch, from a common seed. Each item has another
 * seed.
 *
 * @param seed the common seed, a whole number of any size.
 * @param index the number of the item.
 * @returns a seed for {@link seededRandom}.
 *
 * @example
 * ```ts
 * import { seededRandom } from "circuitbook";
 * import { seedOf } from "./random.ts";
 * import { assert } from "@std/assert";
 *
 * const [first, second] = [0, 1].map((row) => seededRandom(seedOf(2 ** 50 + 1, row))());
 * assert(first !== second);
 * ```
 */
export function seedOf(seed: number, index: number): number {
  // The product modulo 2³² is exact; a product of doubles would be rounded for large seeds.
  return Math.imul(seed, 1_000_003) + index;
}

/**
 * Returns a random number from the standard normal distribution, by the method of Box and Muller.
 *
 * @param random the source of uniform numbers.
 * @returns a number with mean 0 and variance 1.
 *
 * @example
 * ```ts
 * import { normal, seededRandom } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const random = seededRandom(1);
 * const numbers = Array.from({ length: 10_000 }, () => normal(random));
 * assertAlmostEquals(numbers.reduce((a, b) => a + b) / numbers.length, 0, 0.05);
 * ```
 */
export function normal(random: Random): number {
  checkRandom(random);
  // 1 - random() is never 0, so the logarithm is finite.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Returns a random whole number. Each number from `low` to `high` is equally likely.
 *
 * @param random the source of uniform numbers.
 * @param low the least number.
 * @param high the greatest number, included.
 * @returns a whole number.
 *
 * @example
 * ```ts
 * import { integer, seededRandom } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const die = integer(seededRandom(1), 1, 6);
 * assert(die >= 1 && die <= 6);
 * ```
 */
export function integer(random: Random, low: number, high: number): number {
  checkRandom(random);
  return low + Math.floor(random() * (high - low + 1));
}

/**
 * Returns a list in random order, by the method of Fisher and Yates. The list itself does not
 * change.
 *
 * @param random the source of uniform numbers.
 * @param items the list.
 * @returns a shuffled copy.
 *
 * @example
 * ```ts
 * import { seededRandom, shuffle } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const cards = [1, 2, 3, 4];
 * assertEquals(shuffle(seededRandom(1), cards).sort(), cards);
 * ```
 */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  checkArguments("shuffle", { random: [random, is.callable], items: [items, is.list] });

  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = integer(random, 0, i);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/**
 * Throws if a value is not a source of random numbers. The check is a single comparison, because
 * callers draw millions of numbers.
 */
function checkRandom(random: unknown): void {
  if (typeof random !== "function") {
    checkArguments("a random draw", { random: [random, is.callable] });
  }
}

/**
 * Returns the random numbers of one block (or update) of one seed. Two draws of 31 bits keep the
 * blocks of neighbouring seeds apart.
 *
 * @param seed the seed, a whole number.
 * @param block the number of the block, from 0.
 */
export function blockRandom(seed: number, block: number): Random {
  const mixed = Math.imul(
    integer(seededRandom(seed), 0, 2 ** 31 - 1) ^ Math.imul(block + 1, 0x9e3779b1),
    0x85ebca6b,
  );
  return seededRandom(mixed ^ mixed >>> 13);
}
