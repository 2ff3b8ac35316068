import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { checkOptions, names } from "../base/options.ts";
import type { ScoreTable } from "./agreement.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { columnOf } from "../table/columns.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/** By which scores heads are matched. */
export interface MatchOptions {
  /** The columns that make up the role vector of a head. Their units have to be comparable. */
  readonly scores: readonly string[];
}

/**
 * A head of one model and the head of another that plays its role: a row of the table of {@link
 * matchHeads}.
 */
export interface HeadMatch {
  /** The layer of the head of the reference, from 0. */
  layer: number;
  /** The head of the reference, from 0. */
  head: number;
  /** The layer of the head of the other model, from 0. */
  otherLayer: number;
  /** The head of the other model, from 0. */
  otherHead: number;
  /** The distance between the two role vectors. */
  distance: number;
}

const optionsSchema = z.strictObject({ scores: names.nonempty("to name at least one column") });

/**
 * The largest number of heads. A set of heads is a number with a bit for each head: 2¹⁶ sets are
 * quick to search.
 */
const MOST = 16;

/**
 * Returns which head of one model plays the role of which head of another model: the one-to-one
 * assignment with the smallest sum of squared distances between role vectors.
 *
 * The number of a head means nothing across training runs: what one head does in one run, another
 * does in the next. The assignment is exact (M. Held and R. M. Karp's recursion over subsets, SIAM
 * J. 10, 1962). There is always an assignment, so judge whether matched heads are alike by scores
 * that it did not use.
 *
 * @param reference the scores of the heads of one model.
 * @param other the scores of the heads of the other model, as many.
 * @param options which scores make up the role vectors.
 * @returns a row for each head of the reference, in its order.
 * @throws CircuitbookError if a column is missing or not finite, or the tables have unequal numbers
 * of heads or more than 16.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const one = [{ layer: 0, head: 0, attention: 0.9 }, { layer: 0, head: 1, attention: 0.2 }];
 * const other = [{ layer: 0, head: 0, attention: 0.1 }, { layer: 0, head: 1, attention: 0.7 }];
 * assertEquals(
 *   compare.matchHeads(one, other, { scores: ["attention"] }).getColumn("otherHead").toArray(),
 *   [1, 0],
 * );
 * ```
 */
export function matchHeads(
  reference: ScoreTable,
  other: ScoreTable,
  options: MatchOptions,
): TableOf<HeadMatch> {
  checkArguments("matchHeads", { reference: [reference, is.rows], other: [other, is.rows] });
  checkOptions(options, optionsSchema, "compare.matchHeads");
  const [ours, theirs] = [reference, other].map((table) => rolesOf(table, options.scores));
  if (ours.length !== theirs.length || ours.length > MOST) {
    throw new CircuitbookError(
      `Expected as many heads in both tables, at most ${MOST}, but found ${ours.length} and ${theirs.length}.`,
    );
  }
  const squares = ours.map(({ role }) =>
    theirs.map((one) => role.reduce((sum, value, i) => sum + (value - one.role[i]) ** 2, 0))
  );
  return tableOf(
    assignment(squares).map((match, i): HeadMatch => {
      const { layer: otherLayer, head: otherHead } = theirs[match];
      const { layer, head } = ours[i];
      return { layer, head, otherLayer, otherHead, distance: Math.sqrt(squares[i][match]) };
    }),
  );
}

/** A head and its role vector. */
interface Role {
  readonly layer: number;
  readonly head: number;
  readonly role: readonly number[];
}

/**
 * Returns the role vector of each head.
 *
 * @throws CircuitbookError for a score that is not finite.
 */
function rolesOf(table: ScoreTable, scores: readonly string[]): Role[] {
  const [layers, heads, ...columns] = ["layer", "head", ...scores].map((name) =>
    columnOf(table, name).map(Number)
  );
  return layers.map((layer, row) => {
    const role = columns.map((column) => column[row]);
    const bad = role.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return { layer, head: heads[row], role };
    throw new CircuitbookError(
      `Expected a finite "${scores[bad]}" in row ${row} but found ${role[bad]}.`,
    );
  });
}

/**
 * Returns for each row the column that it gets, so that each column is given once at the least
 * total cost.
 */
function assignment(costs: readonly (readonly number[])[]): number[] {
  const n = costs.length;
  const sets = 2 ** n;
  // The least cost of giving the columns of a set to the first rows, and the column that the last
  // of these rows gets.
  const least = new Float64Array(sets).fill(Infinity);
  const last = new Uint8Array(sets);
  least[0] = 0;
  for (let set = 0; set < sets; set++) {
    const row = bitsOf(set);
    for (let column = 0; row < n && column < n; column++) {
      const next = set | 1 << column;
      const cost = least[set] + costs[row][column];
      if (next === set || cost >= least[next]) continue;
      least[next] = cost;
      last[next] = column;
    }
  }
  const result = new Array<number>(n);
  for (let set = sets - 1, row = n - 1; row >= 0; row--) {
    result[row] = last[set];
    set &= ~(1 << last[set]);
  }
  return result;
}

/** Returns how many columns a set has. */
function bitsOf(set: number): number {
  let count = 0;
  for (let rest = set; rest; rest &= rest - 1) count++;
  return count;
}
