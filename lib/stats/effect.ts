import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Frame } from "../base/frame.ts";
import { anything, checkOptions, shown, wholeNumber } from "../base/options.ts";
import { groupRows } from "../table/groups.ts";
import { bootstrapDifference } from "./difference.ts";
import { numbersOf, unitsOf } from "./group_estimates.ts";
import { bootstrap, type Estimate, wilson } from "./intervals.ts";

/** What was measured, what the control gives, and the difference of the two with its interval. */
export interface Effect extends Estimate {
  /** The mean of the measured rows. */
  readonly own: number;
  /** The mean of the control's rows. */
  readonly control: number;
}

/** How an effect is measured. */
export interface EffectOptions {
  /** The column whose mean is taken. True and false count as 1 and 0. */
  readonly of: string;
  /** The values of columns that pick the measured rows. */
  readonly own: Readonly<Record<string, unknown>>;
  /** The values of columns that pick the rows of the control. */
  readonly control: Readonly<Record<string, unknown>>;
  /** The column that says which rows belong to one unit, such as the problem of an attempt. */
  readonly over: string;
  /** The seed of the draws. Default 0. */
  readonly seed?: number;
}

const picked = z.record(z.string(), z.unknown(), "to be an object of columns and values");

const optionsSchema = z.strictObject({
  of: z.string("to be the name of a column"),
  own: picked,
  control: picked,
  over: z.string("to be the name of a column"),
  seed: wholeNumber.optional(),
});

/**
 * Returns the mean of a column in some rows minus its mean in the rows of a control, with a 95 % interval.
 *
 * The interval is a percentile bootstrap over units, such as problems: a draw takes all rows of a problem, so that many
 * attempts, heads or neurons of one problem do not count as many observations. If the values are shares and no draw differs
 * from another one, the bootstrap says nothing, and the interval is Newcombe's, with as many cases as there are units.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 8; R. G. Newcombe, "Interval
 * estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
 *
 * @param table the rows, of both conditions.
 * @param options the column, the rows of both conditions, and the column of the units.
 * @returns the difference as `value`, its interval, both means, and `n`, the number of units.
 * @throws CircuitbookError if a column is missing, if a condition has no rows, or if a cell is not a number.
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
  checkOptions(options, optionsSchema, "effect");
  const { of, own, control, over, seed } = options;
  const columns = [...new Set([of, over, ...Object.keys(own), ...Object.keys(control)])];
  const [{ members }] = groupRows(table as readonly object[], [], columns);
  const [measured, controls] = [own, control].map((where) => rowsAt(members, where));
  const both = [...measured, ...controls];
  const holds = both.map((_, i) => i < measured.length);
  const units = unitsOf(both, over)!;
  const n = new Set(units).size;
  const difference = bootstrapDifference(numbersOf(both, of), holds, { groups: units, seed });
  const [mine, theirs] = [measured, controls].map((rows) => meanOf(numbersOf(rows, of)));
  const found = { ...difference, n, own: mine, control: theirs };
  const isSettled = difference.low === difference.high &&
    numbersOf(both, of).every((value) => value === 0 || value === 1);
  return isSettled ? { ...found, ...newcombe(mine, theirs, n) } : found;
}

/**
 * Returns the mean of a column with its 95 % interval by bootstrap over units. If all values are 0, or all are 1, the
 * bootstrap says nothing, and the interval is Wilson's, with as many cases as there are units.
 *
 * @param table the rows.
 * @param options `of`: the column; true and false count as 1 and 0. `own`: the values of columns that pick rows.
 * Default: all rows. `over`: the column that says which rows belong to one unit. `seed`: of the draws. Default 0.
 * @returns the mean, its interval, and `n`, the number of units.
 * @throws CircuitbookError if a column is missing, if there are no rows, or if a cell is not a number.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ problem: "a", right: true }, { problem: "a", right: true }, { problem: "b", right: true }];
 * assertEquals(stats.meanOver(rows, { of: "right", over: "problem" }).n, 2);
 * ```
 */
export function meanOver(
  table: readonly object[] | Frame,
  options: Pick<EffectOptions, "of" | "over" | "seed"> & Partial<Pick<EffectOptions, "own">>,
): Estimate {
  checkOptions(
    options,
    optionsSchema.extend({ own: picked.optional(), control: anything }),
    "meanOver",
  );
  const { of, own = {}, over, seed } = options;
  const [{ members }] = groupRows(table as readonly object[], [], [of, over, ...Object.keys(own)]);
  const rows = rowsAt(members, own);
  const groups = unitsOf(rows, over)!;
  const n = new Set(groups).size;
  const { value, low, high } = bootstrap(numbersOf(rows, of), { groups, seed });
  return low === high && isShare(value) ? wilson(value * n, n) : { value, low, high, n };
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

/** Returns whether a mean is one of the two that a share has without any spread. */
function isShare(mean: number): boolean {
  return mean === 0 || mean === 1;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the interval of the difference of two shares of n cases each. */
function newcombe(own: number, control: number, n: number): { low: number; high: number } {
  const [one, other] = [own, control].map((share) => wilson(Math.round(share * n), n));
  return {
    low: own - control - Math.hypot(own - one.low, other.high - control),
    high: own - control + Math.hypot(one.high - own, control - other.low),
  };
}
