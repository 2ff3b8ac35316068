import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { atLeastOne, checkOptions, names, yesOrNo } from "../base/options.ts";
import { probit } from "../stats/probit.ts";
import type { Estimate } from "../stats/intervals.ts";
import { overlapByChance } from "../stats/overlap.ts";
import { spearman } from "../stats/ranks.ts";
import { numberRows } from "../table/rows.ts";
import { columnOf } from "./distribution.ts";

/** Which scores of two tables are held against each other. */
export interface AgreementOptions {
  /** Columns that say which rows belong together: `["layer", "head"]` (the default), `["layer", "neuron"]`. */
  readonly by?: readonly string[];
  /** The column with the scores, in both tables. Default `effect`. */
  readonly score?: string;
  /** Whether signs are dropped: sizes of effects. */
  readonly absolute?: boolean;
}

/** Which scores are compared, and how many of the highest. */
export interface OverlapOptions extends AgreementOptions {
  /** Sizes of the sets. */
  readonly k: readonly number[];
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
 * Spearman's rank correlation of the scores that two models give to the same heads or neurons, with its 95 % interval.
 *
 * The interval is that of D. G. Bonett and T. A. Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
 * correlations", Psychometrika 65 (2000). It takes heads for independent draws, which those of one model are not quite.
 *
 * @throws CircuitbookError when the tables are not about the same rows, or scores do not vary.
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
  checkOptions(settings, agreementSchema, "compare.rankCorrelation");
  const { first, second } = paired(before, after, settings);
  const value = spearman(first, second);
  const n = first.length;
  if (n < 4) throw new CircuitbookError(`Expected at least 4 scores in each table but found ${n}.`);
  const half = probit(0.975) * Math.sqrt((1 + value * value / 2) / (n - 3));
  const [low, high] = [-half, half].map((shift) => Math.tanh(Math.atanh(value) + shift));
  return { value, low, high, n };
}

/**
 * How many of the `k` highest scores two models have in common, beside what chance gives, as a table: `k`, `n` (how many there
 * are), `shared`, `expected`, `low`, `high` (the middle 95 % of what random sets share) and `p` (that they share as many).
 *
 * @throws CircuitbookError when the tables are not about the same rows, or a `k` is larger than they are.
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
): pl.DataFrame {
  checkOptions(settings, overlapSchema, "compare.topOverlap");
  const { first, second } = paired(before, after, settings);
  const n = first.length;
  return pl.DataFrame(settings.k.map((k) => {
    if (k > n) {
      throw new CircuitbookError(`Expected k up to ${n}, the rows of the tables, but found ${k}.`);
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

/** Which scores of two tables are compared, and how many of the highest. */
export interface AgreementTableOptions {
  /** Columns that say which rows belong together: `["layer", "head"]` (the default), `["layer", "neuron"]`. */
  readonly by?: readonly string[];
  /** The columns with the scores. */
  readonly scores: readonly string[];
  /** How many of the highest are compared. Default: a tenth of all, at least 2. */
  readonly k?: number;
  /** Scores of which the sign is dropped: of the highest are those of either sign. */
  readonly eitherSign?: readonly string[];
}

const tableSchema = z.strictObject({
  by: names.optional(),
  scores: names.nonempty(),
  k: atLeastOne.optional(),
  eitherSign: names.optional(),
});

/**
 * How far two models agree in some scores, a line each: `score`, `correlation` (of ranks), `low`, `high`, `n` (as
 * {@link rankCorrelation} has it), `k`, `shared`, `chance` (shared by random sets), `p` (as {@link topOverlap} has it).
 *
 * @throws CircuitbookError as these do.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const heads = [3, 1, 2, 5, 4].map((effect, head) => ({ layer: 0, head, effect }));
 * const table = compare.agreement(heads, heads, { scores: ["effect"] });
 * assertEquals(table.getColumn("shared").toArray(), [2]);
 * ```
 */
export function agreement(
  before: ScoreTable,
  after: ScoreTable,
  settings: AgreementTableOptions,
): pl.DataFrame {
  checkOptions(settings, tableSchema, "compare.agreement");
  const { by, scores, eitherSign = [] } = settings;
  return pl.DataFrame(scores.map((score) => {
    const { value, low, high, n } = rankCorrelation(before, after, { by, score });
    const k = settings.k ?? Math.min(n, Math.max(2, Math.round(n / 10)));
    const overlap = topOverlap(before, after, {
      by,
      score,
      k: [k],
      absolute: eitherSign.includes(score),
    });
    const [{ shared, expected, p }] = numberRows(overlap);
    return { score, correlation: value, low, high, n, k, shared, chance: expected, p };
  }));
}

/** Scores with the columns that name what they are of. */
export type ScoreTable = pl.DataFrame | readonly Readonly<Record<string, unknown>>[];

/** The scores of the same rows of two tables, in the order of the first. */
function paired(
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

function scoresOf(
  table: ScoreTable,
  by: readonly string[],
  score: string,
  absolute: boolean,
): Map<string, number> {
  const frame = Array.isArray(table) ? pl.DataFrame([...table]) : table as pl.DataFrame;
  const keys = by.map((name) => columnOf(frame, name));
  const scores = new Map<string, number>();
  columnOf(frame, score).forEach((value, row) => {
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

/** The indices of the highest values; of equal ones the first. */
function highest(values: readonly number[], k: number): number[] {
  return [...values.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, k);
}
