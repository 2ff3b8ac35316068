import { integer, type Random, seededRandom } from "../base/random.ts";

/** The values of one condition: the sum and the number of rows of each unit in each draw. */
export interface Condition {
  /** The cells in which the condition has rows. */
  readonly cells: readonly Cell[];
  /** How many random draws of the experiment there are; 1 for a condition that is not random. */
  readonly draws: number;
}

/** The rows of one unit in one draw of the experiment. */
interface Cell {
  readonly unit: number;
  readonly draw: number;
  sum: number;
  count: number;
}

/**
 * Returns a condition.
 *
 * @param values the values of its rows.
 * @param units the number of each row's unit.
 * @param draws the name of each row's draw; left out for a condition that is not random.
 */
export function conditionOf(
  values: readonly number[],
  units: readonly number[],
  draws: readonly unknown[] = values.map(() => 0),
): Condition {
  const numbers = new Map([...new Set(draws)].map((draw, i) => [draw, i]));
  const cells = new Map<string, Cell>();
  values.forEach((value, i) => {
    const draw = numbers.get(draws[i])!;
    const key = `${units[i]},${draw}`;
    const cell = cells.get(key) ?? { unit: units[i], draw, sum: 0, count: 0 };
    cell.sum += value;
    cell.count++;
    cells.set(key, cell);
  });
  return { cells: [...cells.values()], draws: numbers.size };
}

/**
 * Returns the means of some conditions in bootstrap samples. A sample takes as many units as there
 * are, with replacement, the same ones in all conditions, and from each condition as many of its
 * draws as there are.
 *
 * A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007). With one draw a
 * condition, this is the bootstrap over units.
 *
 * @param conditions the conditions.
 * @param units how many units there are.
 * @param options the seed and the number of samples.
 * @returns for each condition the means, one for each sample.
 */
export function crossedDraws(
  conditions: readonly Condition[],
  units: number,
  { seed, resamples }: { seed: number; resamples: number },
): number[][] {
  const random = seededRandom(seed);
  const means = conditions.map((): number[] => []);
  for (let sample = 0; sample < resamples; sample++) {
    let drawn: number[];
    // A sample may lack all units of a condition; another sample is taken then.
    do drawn = oneSample(conditions, units, random); while (drawn.some(Number.isNaN));
    drawn.forEach((mean, i) => means[i].push(mean));
  }
  return means;
}

/**
 * Returns the mean of each condition in one sample; NaN for a condition that the sample has no rows
 * of.
 */
function oneSample(conditions: readonly Condition[], units: number, random: Random): number[] {
  const unitTimes = times(units, random);
  return conditions.map(({ cells, draws }) => {
    const drawTimes = draws === 1 ? [1] : times(draws, random);
    let sum = 0;
    let count = 0;
    for (const cell of cells) {
      const weight = unitTimes[cell.unit] * drawTimes[cell.draw];
      sum += weight * cell.sum;
      count += weight * cell.count;
    }
    return sum / count;
  });
}

/** Returns how many times each of n things is taken, if n of them are taken with replacement. */
function times(n: number, random: Random): number[] {
  const counts = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i++) counts[integer(random, 0, n - 1)]++;
  return counts;
}
