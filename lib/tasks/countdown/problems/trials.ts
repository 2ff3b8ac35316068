import { CircuitbookError } from "../../../base/errors.ts";
import { integer, type Random, shuffle } from "../../../base/random.ts";

/** Numbers with an operator between each two, and what becomes of them: one way to try a problem. */
export interface Trial {
  /** `87 - 38 - 3` */
  expression: string;
  /** The expression, then what is left after each operation: `87 - 38 - 3`, `49 - 3`, `46`. */
  steps: string[];
  result: number;
}

/** As the embedded models learned: `+` and `-` are common, `*` and `/` rare. */
const OPERATORS: readonly (readonly [string, number])[] = [["+", 0.46], ["-", 0.46], ["*", 0.06], [
  "/",
  0.02,
]];
const LARGEST_STEP = 999;

/**
 * The trial of numbers and operators; `undefined` where a division is not exact or a step leaves ±999.
 *
 * The first `*` or `/` goes first, then the rest from left to right, one operation a step.
 */
export function trial(numbers: readonly number[], operators: readonly string[]): Trial | undefined {
  const values = [...numbers];
  const signs = [...operators];
  const steps = [written(values, signs)];
  while (signs.length) {
    const at = Math.max(0, signs.findIndex((sign) => sign === "*" || sign === "/"));
    const value = apply(values[at], signs[at], values[at + 1]);
    if (!Number.isInteger(value) || Math.abs(value) > LARGEST_STEP) return undefined;
    values.splice(at, 2, value);
    signs.splice(at, 1);
    steps.push(written(values, signs));
  }
  return { expression: steps[0], steps, result: values[0] };
}

/**
 * A trial of the numbers in random order under random operators.
 *
 * @throws CircuitbookError when none of 1,000 stays within ±999.
 */
export function randomTrial(random: Random, numbers: readonly number[]): Trial {
  for (let misses = 0; misses < 1000; misses++) {
    const operators = Array.from({ length: numbers.length - 1 }, () => randomOperator(random));
    const tried = trial(shuffle(random, numbers), operators);
    if (tried) return tried;
  }
  throw new CircuitbookError(
    `Expected numbers whose sums and products stay within ±${LARGEST_STEP} but found [${
      numbers.join(", ")
    }].`,
  );
}

/** Trials of which the nearest miss is taken. */
const DRAWS = 16;

/** A trial that misses a target by little: of some random ones the one whose result is nearest to it. */
export function nearMiss(random: Random, numbers: readonly number[], target: number): Trial {
  const drawn = Array.from({ length: DRAWS }, () => randomTrial(random, numbers));
  const distance = ({ result }: Trial) => result === target ? Infinity : Math.abs(result - target);
  return drawn.reduce((best, next) => distance(next) < distance(best) ? next : best);
}

/** The trial behind a written solution without parentheses. @throws CircuitbookError for anything else. */
export function trialOf(solution: string): Trial {
  const words = solution.split(" ");
  const found = trial(
    words.filter((_, i) => i % 2 === 0).map(Number),
    words.filter((_, i) => i % 2 === 1),
  );
  if (!found) {
    throw new CircuitbookError(
      `Expected a solution such as "87 - 38 - 3" but found "${solution}".`,
    );
  }
  return found;
}

/** The fixed order of search: the numbers from the largest down, each order of them under each mix of `-` and `+`. */
export function* fixedOrder(numbers: readonly number[]): Generator<Trial> {
  for (const order of permutations([...numbers].sort((a, b) => b - a))) {
    for (let mix = 0; mix < 2 ** (numbers.length - 1); mix++) {
      const operators = numbers.slice(1).map((_, i) =>
        mix >> (numbers.length - 2 - i) & 1 ? "+" : "-"
      );
      const tried = trial(order, operators);
      if (tried) yield tried;
    }
  }
}

/** Three or four numbers from 1 to 99; three in 70 % of a mix. */
export function randomNumbers(random: Random, operands: 3 | 4 | "mix"): number[] {
  const count = operands === "mix" ? random() < 0.7 ? 3 : 4 : operands;
  return Array.from({ length: count }, () => integer(random, 1, 99));
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (!items.length) yield [];
  for (let i = 0; i < items.length; i++) {
    for (const rest of permutations(items.toSpliced(i, 1))) yield [items[i], ...rest];
  }
}

function randomOperator(random: Random): string {
  let left = random();
  for (const [operator, share] of OPERATORS) {
    left -= share;
    if (left < 0) return operator;
  }
  return "+";
}

function apply(a: number, operator: string, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  return operator === "*" ? a * b : a / b;
}

function written(values: readonly number[], operators: readonly string[]): string {
  return values.map((value, i) => i ? ` ${operators[i - 1]} ${value}` : `${value}`).join("");
}
