import { CircuitbookError } from "../../../base/errors.ts";
import { integer, type Random, shuffle } from "../../../base/random.ts";

/** An expression over some numbers and what it comes to, step by step. */
export interface Trial {
  /** The expression: `87 - 38 - 3`. */
  expression: string;
  /** The expression, then what is left after each operation: `87 - 38 - 3`, `49 - 3`, `46`. */
  steps: string[];
  /** The value of the expression. */
  result: number;
}

/** The share of each operator in the texts that the embedded models learned from. */
const OPERATORS: readonly (readonly [string, number])[] = [["+", 0.46], ["-", 0.46], ["*", 0.06], [
  "/",
  0.02,
]];
const LARGEST_STEP = 999;

/**
 * Returns the trial of some numbers and operators, or `undefined` if a division is not exact or a
 * step leaves ±999. The first `*` or `/` is computed first, then the other operations from left to
 * right, one a step.
 *
 * @param numbers the numbers, in the order of the expression.
 * @param operators the operators between them.
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
 * Returns a trial of the numbers in random order under random operators.
 *
 * @throws CircuitbookError if none of 1,000 trials stays within ±999.
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

/** How many trials are drawn for a near miss. */
const DRAWS = 16;

/**
 * Returns a trial that misses a target narrowly: of some random trials, the one whose result is
 * nearest to the target without being the target.
 */
export function nearMiss(random: Random, numbers: readonly number[], target: number): Trial {
  const drawn = Array.from({ length: DRAWS }, () => randomTrial(random, numbers));
  const distance = ({ result }: Trial) => result === target ? Infinity : Math.abs(result - target);
  return drawn.reduce((best, next) => distance(next) < distance(best) ? next : best);
}

/**
 * Returns the trial of a written solution.
 *
 * @param solution an expression without parentheses, with spaces around operators.
 * @throws CircuitbookError if the text is anything else.
 */
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

/**
 * Yields the trials of the fixed search order: each order of the numbers, from the largest down,
 * under each mix of `-` and `+`.
 */
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

/** Yields each trial of the numbers: each order of the numbers, under each mix of operators. */
export function* everyTrial(numbers: readonly number[]): Generator<Trial> {
  const signs = OPERATORS.map(([sign]) => sign);
  for (const order of permutations(numbers)) {
    for (let mix = 0; mix < signs.length ** (numbers.length - 1); mix++) {
      const operators = numbers.slice(1).map((_, i) =>
        signs[Math.floor(mix / signs.length ** i) % signs.length]
      );
      const tried = trial(order, operators);
      if (tried) yield tried;
    }
  }
}

/** Returns three or four numbers from 1 to 99. A mix has three numbers in 70 % of the draws. */
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
