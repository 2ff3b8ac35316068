import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import type { Frame } from "../base/frame.ts";
import { checkOptions, shown, wholeNumber } from "../base/options.ts";
import { groupRows } from "../table/groups.ts";
import { type Condition, conditionOf, crossedDraws } from "./crossed_draws.ts";
import { differenceOf, type Effect } from "./difference_of.ts";
import { meanOf } from "../base/mean.ts";
import { numbersOf, unitsOf } from "./group_estimates.ts";
import { type Estimate, wilson } from "./intervals.ts";
import { percentileInterval } from "./percentiles.ts";
import { finite } from "./sample.ts";

/** How many bootstrap samples are taken. */
const RESAMPLES = 2000;

/** Two means of samples count as equal if they differ by less, as rounded sums do. */
const ROUNDING = 1e-9;

/** The options of {@link effect}: the column, the rows of both conditions, units and draws. */
export interface EffectOptions {
  /** The column whose mean is taken. True and false count as 1 and 0. */
  readonly of: string;
  /** The values of columns that pick the measured rows. */
  readonly own: Readonly<Record<string, unknown>>;
  /** The values of columns that pick the rows of the control. */
  readonly control: Readonly<Record<string, unknown>>;
  /** The column that says which rows belong to one unit, such as the problem of an attempt. */
  readonly over: string;
  /**
   * The column that numbers the random draws of an experiment, such as random sets of heads. The
   * draws of a condition are then a sample as well, and the interval is over units and draws.
   * Default: draws count as fixed.
   */
  readonly draws?: string;
  /** The seed of the draws. Default 0. */
  readonly seed?: number;
}

const picked = z.record(z.string(), z.unknown(), "to be an object of columns and values");

const optionsSchema = z.strictObject({
  of: z.string("to be the name of a column"),
  own: picked,
  control: picked,
  over: z.string("to be the name of a column"),
  draws: z.string("to be the name of a column").optional(),
  seed: wholeNumber.optional(),
});

/**
 * Returns the mean of a column in some rows minus its mean in the rows of a control, with a 95 %
 * interval.
 *
 * The interval is a percentile bootstrap over units, such as problems: a sample takes all rows of a
 * problem, so several attempts, heads or neurons of one problem do not count as independent
 * observations. With `draws`, the bootstrap is over units and over random draws, each with
 * replacement. Few units get a wider interval, as in {@link bootstrap}, and so do few draws: the
 * smallest of the numbers of units and of random draws counts.
 *
 * A share that is the same in every sample, such as 0 or 1, has no spread to resample, but is not
 * exact. If a condition has such a share, its own interval is Wilson's, with as many cases as there
 * are units; the interval of the other condition is Wilson's or the bootstrap's; and the interval
 * of the difference is made from both, see {@link differenceOf}. If the difference of two shares is
 * the same in every sample, its interval is made from Wilson's intervals of both.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 8; A. B. Owen,
 * "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007); G. Y. Zou and A. Donner,
 * "Construction of confidence limits about effect measures: a general approach", Statistics in
 * Medicine 27 (2008).
 *
 * @param table the rows, of both conditions.
 * @param options the column, the rows of both conditions, the column of the units, and the column
 * of the random draws.
 * @returns the difference as `value`, its interval, both means, `n`, the number of units, and
 * `draws`, the number of the control's draws.
 * @throws CircuitbookError if a column is missing, if a condition has no rows, or if a cell is not
 * a number.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = ["a", "b", "c", "d"].flatMap((problem) => [
 *   { problem, heads: "silenced", recognised: false },
 *   { problem, heads: "random", recognised: true },
 * ]);
 * const { value, own, control, n } = stats.effect(rows, {
 *   of: "recognised",
 *   own: { heads: "silenced" },
 *   control: { heads: "random" },
 *   over: "problem",
 * });
 * assertEquals([value, own, control, n], [-1, 0, 1, 4]);
 * ```
 */
export function effect(table: readonly object[] | Frame, options: EffectOptions): Effect {
  checkArguments("effect", { table: [table, is.rows] });
  checkOptions(options, optionsSchema, "effect");
  const { of, own, control, over, draws, seed = 0 } = options;
  const columns = [of, over, ...Object.keys(own), ...Object.keys(control), ...draws ? [draws] : []];
  const [{ members }] = groupRows(table as readonly object[], [], [...new Set(columns)]);
  const rows = [own, control].map((where) => rowsAt(members, where));
  const { arms, n } = armsOf(rows, { of, over, draws });
  const samples = crossedDraws(arms.map(({ condition }) => condition), n, {
    seed,
    resamples: RESAMPLES,
  });
  const [mine, theirs] = arms.map((arm, i) => estimateOf(arm, samples[i]));
  const counted = draws === undefined ? {} : { draws: arms[1].condition.draws };
  if (mine.isSettled || theirs.isSettled) {
    return { ...differenceOf(mine.estimate, theirs.estimate), n, ...counted };
  }
  const value = arms[0].mean - arms[1].mean;
  const ends = percentileInterval(
    samples[0].map((mean, i) => mean - samples[1][i]),
    Math.min(...arms.map(leastSampled)),
  );
  if (ends.high - ends.low < ROUNDING && arms.every(({ isOfShares }) => isOfShares)) {
    return { ...differenceOf(wilsonOf(arms[0]), wilsonOf(arms[1])), n, ...counted };
  }
  return {
    value,
    ...ends,
    n,
    own: arms[0].mean,
    control: arms[1].mean,
    ...counted,
  };
}

/**
 * Returns the mean of a column with its 95 % interval by bootstrap over units, as in {@link
 * effect}. If a share is the same in every sample, as when all values are 0, the bootstrap says
 * nothing, and the interval is Wilson's, with as many cases as there are units.
 *
 * @param table the rows.
 * @param options `of`: the column; true and false count as 1 and 0. `own`: the values of columns
 * that pick rows. Default: all rows. `over`: the column that says which rows belong to one unit.
 * `draws`: the column that numbers random draws, which are then a sample as well. `seed`: of the
 * bootstrap. Default 0.
 * @returns the mean, its interval, and `n`, the number of units.
 * @throws CircuitbookError if a column is missing, if there are no rows, or if a cell is not a
 * number.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ problem: "a", right: true }, { problem: "a", right: true }, {
 *   problem: "b",
 *   right: true,
 * }];
 * assertEquals(stats.meanOver(rows, { of: "right", over: "problem" }).n, 2);
 * ```
 */
export function meanOver(
  table: readonly object[] | Frame,
  options:
    & Pick<EffectOptions, "of" | "over" | "draws" | "seed">
    & Partial<Pick<EffectOptions, "own">>,
): Estimate {
  checkArguments("meanOver", { table: [table, is.rows] });
  checkOptions(
    options,
    optionsSchema.omit({ control: true }).extend({ own: picked.optional() }),
    "meanOver",
  );
  const { of, own = {}, over, draws, seed = 0 } = options;
  const columns = [of, over, ...Object.keys(own), ...draws ? [draws] : []];
  const [{ members }] = groupRows(table as readonly object[], [], columns);
  const { arms: [arm], n } = armsOf([rowsAt(members, own)], { of, over, draws });
  const [samples] = crossedDraws([arm.condition], n, { seed, resamples: RESAMPLES });
  return estimateOf(arm, samples).estimate;
}

/** One condition of an experiment. */
interface Arm {
  readonly condition: Condition;
  /** The mean of all rows. */
  readonly mean: number;
  /** How many units the condition has rows of. */
  readonly n: number;
  /** Whether all values are 0 or 1. */
  readonly isOfShares: boolean;
}

/**
 * Returns some conditions, and the number of units of all of them.
 *
 * @throws CircuitbookError for a cell without a number.
 */
function armsOf(
  conditions: readonly (readonly object[])[],
  { of, over, draws }: Pick<EffectOptions, "of" | "over" | "draws">,
): { arms: Arm[]; n: number } {
  const names = new Map<string | number, number>();
  for (const unit of unitsOf(conditions.flat(), over)!) {
    if (!names.has(unit)) names.set(unit, names.size);
  }
  const arms = conditions.map((rows): Arm => {
    const values = finite(numbersOf(rows, of));
    const units = unitsOf(rows, over)!.map((unit) => names.get(unit)!);
    return {
      condition: conditionOf(values, units, unitsOf(rows, draws)),
      mean: meanOf(values),
      n: new Set(units).size,
      isOfShares: values.every((value) => value === 0 || value === 1),
    };
  });
  return { arms, n: names.size };
}

/** Returns the mean of a condition with its own interval, and whether its shares have no spread. */
function estimateOf(
  arm: Arm,
  samples: readonly number[],
): { estimate: Estimate; isSettled: boolean } {
  const { mean: value, n } = arm;
  const { low, high } = percentileInterval(samples, leastSampled(arm));
  const isSettled = arm.isOfShares && high - low < ROUNDING;
  return { estimate: isSettled ? wilsonOf(arm) : { value, low, high, n }, isSettled };
}

/** Returns the number of units of a condition, or of its random draws if there are fewer draws. */
function leastSampled({ n, condition: { draws } }: Arm): number {
  return draws > 1 ? Math.min(n, draws) : n;
}

/** Returns a share with Wilson's interval, with as many cases as there are units. */
function wilsonOf({ mean, n }: Arm): Estimate {
  return { ...wilson(Math.round(mean * n), n), value: mean };
}

/** Returns the rows with the given values. @throws CircuitbookError if there are none. */
function rowsAt(rows: readonly object[], where: Readonly<Record<string, unknown>>): object[] {
  const wanted = Object.entries(where);
  const found = rows.filter((row) =>
    wanted.every(([column, value]) => (row as Record<string, unknown>)[column] === value)
  );
  if (found.length === 0) {
    throw new CircuitbookError(`Expected rows with ${shown(where)} but found none.`);
  }
  return found;
}
