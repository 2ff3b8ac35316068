import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { checkOptions, names } from "../base/options.ts";
import type { ScoreTable } from "./agreement.ts";
import { columnOf } from "./distribution.ts";

/** By what heads are matched. */
export interface MatchOptions {
  /** The columns that make a head's role vector; bring them to one unit first (shares of one, say). */
  readonly scores: readonly string[];
}

const optionsSchema = z.strictObject({ scores: names.nonempty("to name at least one column") });

/** Sets of heads are numbers with a bit for each: 2¹⁶ of them are searched in a moment. */
const MOST = 16;

/**
 * Which head of one model plays the role of which head of another: the one-to-one assignment with the smallest sum of squared
 * distances between role vectors, as a table: `layer`, `head` (of the reference, in its order), `otherLayer`, `otherHead`,
 * `distance`.
 *
 * The numbers of heads mean nothing across runs of training: what a head does in one run, another does in the next. The assignment
 * is exact (M. Held and R. M. Karp's recursion over subsets, SIAM J. 10, 1962), and it always finds one: whether the matched heads
 * are alike has to be judged by scores that had no part in it.
 *
 * @throws CircuitbookError when a column is missing or not finite, or the tables are of unequal size or of more than 16 heads.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const one = [{ layer: 0, head: 0, attention: 0.9 }, { layer: 0, head: 1, attention: 0.2 }];
 * const other = [{ layer: 0, head: 0, attention: 0.1 }, { layer: 0, head: 1, attention: 0.7 }];
 * assertEquals(compare.matchHeads(one, other, { scores: ["attention"] }).getColumn("otherHead").toArray(), [1, 0]);
 * ```
 */
export function matchHeads(
  reference: ScoreTable,
  other: ScoreTable,
  options: MatchOptions,
): pl.DataFrame {
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
  return pl.DataFrame(
    assignment(squares).map((match, i) => {
      const { layer: otherLayer, head: otherHead } = theirs[match];
      const { layer, head } = ours[i];
      return { layer, head, otherLayer, otherHead, distance: Math.sqrt(squares[i][match]) };
    }),
  );
}

interface Role {
  readonly layer: number;
  readonly head: number;
  readonly role: readonly number[];
}

function rolesOf(table: ScoreTable, scores: readonly string[]): Role[] {
  const frame = Array.isArray(table) ? pl.DataFrame([...table]) : table as pl.DataFrame;
  const [layers, heads, ...columns] = ["layer", "head", ...scores].map((name) =>
    columnOf(frame, name).map(Number)
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

/** For each row the column that it gets, each once, with the least sum of costs. */
function assignment(costs: readonly (readonly number[])[]): number[] {
  const n = costs.length;
  const sets = 2 ** n;
  // The cheapest way to give the columns of a set to the first rows, and the column that the last of these got.
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

function bitsOf(set: number): number {
  let count = 0;
  for (let rest = set; rest; rest &= rest - 1) count++;
  return count;
}
