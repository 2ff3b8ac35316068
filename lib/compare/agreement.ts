import type pl from "nodejs-polars";
import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { atLeastOne, checkOptions, names, yesOrNo } from "../base/options.ts";
import { normalQuantile } from "../stats/distributions.ts";
import type { Estimate } from "../stats/intervals.ts";
import { overlapByChance } from "../stats/overlap.ts";
import { spearman } from "../stats/ranks.ts";
import { columnOf } from "../table/columns.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/** Which scores of two tables are compared. */
export interface AgreementOptions {
  /** The columns that name a row, such as `["layer", "neuron"]`. Default `["layer", "head"]`. */
  readonly by?: readonly string[];
  /** The column with the scores, in both tables. Default `effect`. */
  readonly score?: string;
  /** Whether scores are compared without their signs. Default false. */
  readonly absolute?: boolean;
}

/** Which scores of two tables are compared, and in how many of the highest. */
export interface OverlapOptions extends AgreementOptions {
  /** How many of the highest scores: the sizes that are tried one after the other. */
  readonly k: readonly number[];
}

/** How many of the highest scores two models share: a row of the table of {@link topOverlap}. */
export interface TopOverlap {
  /** How many of the highest scores are compared. */
  k: number;
  /** The number of scores. */
  n: number;
  /** How many of the highest are shared. */
  shared: number;
  /** How many two random sets of this size share on average. */
  expected: number;
  /** The lower end of the middle 95 % of what random sets share. */
  low: number;
  /** The upper end of the middle 95 % of what random sets share. */
  high: number;
  /** The probability that random sets share at least as many. */
  p: number;
}

const options = {
  by: names.optional(),
  score: z.string("to be a column's name").optional(),
  absolute: yesOrNo.optional(),
};
const agreementSchema = z.strictObject(options);
const overlapSchema = z.strictObject({
  ...options,
  k: z.array(atLeastOne, "to be a list of numbers").nonempty(),
});

/**
 * Returns Spearman's rank correlation of the scores that two models give to the same heads or
 * neurons, with its 95 % interval.
 *
 * The interval is that of D. G. Bonett and T. A. Wright, "Sample size requirements for estimating
 * Pearson, Kendall and Spearman correlations", Psychometrika 65 (2000). It treats heads as
 * independent draws, which the heads of one model are not quite.
 *
 * @param before the scores of one model.
 * @param after the scores of the other model, for the same heads or neurons.
 * @param settings which columns hold the names and the scores.
 * @returns the correlation with its interval.
 * @throws CircuitbookError if the tables do not have the same heads or neurons, have fewer than
 * four, or all scores are equal.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const heads = [3, 1, 2, 5, 4].map((effect, head) => ({ layer: 0, head, effect }));
 * const others = heads.map((row) => ({ ...row, effect: row.effect ** 2 }));
 * assertAlmostEquals(compare.rankCorrelation(heads, others).value, 1);
 * ```
 */
export function rankCorrelation(
  before: ScoreTable,
  after: ScoreTable,
  settings: AgreementOptions = {},
): Estimate {
  checkArguments("rankCorrelation", {
    before: [before, is.rows],
    after: [after, is.rows],
  });

  checkOptions(settings, agreementSchema, "compare.rankCorrelation");
  const { first, second } = matchedScores(before, after, settings);
  const value = spearman(first, second);
  const n = first.length;
  if (n < 4) throw new CircuitbookError(`Expected at least 4 scores in each table but found ${n}.`);
  const half = normalQuantile(0.975) * Math.sqrt((1 + value * value / 2) / (n - 3));
  const [low, high] = [-half, half].map((shift) => Math.tanh(Math.atanh(value) + shift));
  return { value, low, high, n };
}

/**
 * Returns how many of the `k` highest scores two models share, beside what random sets share.
 *
 * @param before the scores of one model.
 * @param after the scores of the other model, for the same heads or neurons.
 * @param settings how many of the highest; which columns hold the names and the scores.
 * @returns a row for each `k`.
 * @throws CircuitbookError if the tables do not have the same heads or neurons, or have fewer than
 * `k`.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const heads = [3, 1, 2, 5, 4].map((effect, head) => ({ layer: 0, head, effect }));
 * assertEquals(compare.topOverlap(heads, heads, { k: [2] }).getColumn("shared").toArray(), [2]);
 * ```
 */
export function topOverlap(
  before: ScoreTable,
  after: ScoreTable,
  settings: OverlapOptions,
): TableOf<TopOverlap> {
  checkArguments("topOverlap", { before: [before, is.rows], after: [after, is.rows] });
  checkOptions(settings, overlapSchema, "compare.topOverlap");
  const { first, second } = matchedScores(before, after, settings);
  const n = first.length;
  return tableOf(settings.k.map((k): TopOverlap => {
    if (k > n) {
      throw new CircuitbookError(`Expected k up to ${n}, the rows of each table, but found ${k}.`);
    }
    const other = new Set(highest(second, k));
    const { shared, expected, low, high, p } = overlapByChance({
      shared: highest(first, k).filter((i) => other.has(i)).length,
      k,
      n,
    });
    return { k, n, shared, expected, low, high, p };
  }));
}

/** A table of scores, with columns that name the head or neuron of each score. */
export type ScoreTable = pl.DataFrame | readonly Readonly<Record<string, unknown>>[];

/**
 * Returns the scores of the same heads or neurons in two tables, in the order of the first table.
 */
function matchedScores(
  before: ScoreTable,
  after: ScoreTable,
  { by = ["layer", "head"], score = "effect", absolute = false }: AgreementOptions,
): { first: number[]; second: number[] } {
  const [scores, others] = [before, after].map((table) => scoresOf(table, by, score, absolute));
  const missing = [...scores.keys()].find((key) => !others.has(key)) ??
    [...others.keys()].find((key) => !scores.has(key));
  if (missing !== undefined) {
    throw new CircuitbookError(
      `Expected the same ${by.join(" and ")} in both tables but found ${missing} in one only.`,
    );
  }
  return { first: [...scores.values()], second: [...scores.keys()].map((key) => others.get(key)!) };
}

/**
 * Returns the scores of a table by name.
 *
 * @throws CircuitbookError for a name twice, or a score that is not finite.
 */
function scoresOf(
  table: ScoreTable,
  by: readonly string[],
  score: string,
  absolute: boolean,
): Map<string, number> {
  const keys = by.map((name) => columnOf(table, name));
  const scores = new Map<string, number>();
  columnOf(table, score).forEach((value, row) => {
    const key = keys.map((column) => column[row]).join(", ");
    if (scores.has(key)) {
      throw new CircuitbookError(
        `Expected each ${by.join(" and ")} once but found ${key} again; take means first.`,
      );
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new CircuitbookError(
        `Expected a finite "${score}" for ${by.join(" and ")} ${key} but found ${value}.`,
      );
    }
    scores.set(key, absolute ? Math.abs(value) : value);
  });
  return scores;
}

/** Returns the indices of the k highest values; of equal values the first. */
function highest(values: readonly number[], k: number): number[] {
  return [...values.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, k);
}
