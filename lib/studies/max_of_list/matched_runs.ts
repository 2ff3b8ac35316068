import type pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { watched } from "../../base/progress.ts";
import { matchHeads } from "../../compare/mod.ts";
import { checkOptions, names } from "../../base/options.ts";
import type { Model } from "../../model/model.ts";
import { columnOf } from "../../table/columns.ts";
import { numberRows } from "../../table/rows.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";
import { headRoles } from "./roles.ts";

/** Settings of {@link matchedRuns}. */
export interface MatchedRunsOptions {
  /** The columns of `headRoles` by which heads are matched. */
  readonly scores: readonly string[];
  /** The column of `headRoles` that judges the match; it must not be one of `scores`. */
  readonly judgedBy: string;
}

/** The distance between two heads of two training runs. */
export interface HeadDistance {
  /**
   * `by role`: `compare.matchHeads` assigned the second head to the first. `all`: the row is one of
   * all combinations of a head of the first run and a head of the other run. The mean distance of
   * all combinations is the mean distance that a random match would have.
   */
  readonly match: "by role" | "all";
  /** The index of the run that is compared with the first. */
  readonly run: number;
  /** The absolute difference of the two heads in the column that judges. */
  readonly distance: number;
}

/**
 * Returns how far the heads of several training runs are apart after they were matched by role,
 * and, as a control, how far heads of two runs are apart without a match. `compare.matchHeads`
 * assigns the heads of each run to the heads of the first.
 *
 * @param models the runs, at least two.
 * @param lists the lists over which roles are measured.
 * @param options the columns that match, and the column that judges the match.
 * @returns for each run after the first, one row for each matched head, and one row for each
 * combination of a head of the first run and a head of this run.
 * @throws CircuitbookError if a column is unknown, or if `judgedBy` is among `scores`.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const options = { scores: ["share"], judgedBy: "alone" };
 * const table = await maxOfListStudy.matchedRuns(
 *   [model, model],
 *   maxOfList.lists({ n: 20 }),
 *   options,
 * );
 * assertEquals(table.getColumn("distance").toArray().slice(0, 4), [0, 0, 0, 0]);
 * ```
 */
export async function matchedRuns(
  models: readonly Model[],
  lists: readonly DigitList[],
  options: MatchedRunsOptions,
): Promise<TableOf<HeadDistance>> {
  const shape = { scores: names, judgedBy: z.string("to be a column's name") };
  checkOptions(options, z.strictObject(shape), "matchedRuns");
  const { scores, judgedBy } = options;
  if (scores.includes(judgedBy)) {
    throw new CircuitbookError(
      `Expected judgedBy to name a column that is not among scores but found "${judgedBy}"; leave it out of scores.`,
    );
  }
  const tables: pl.DataFrame[] = [];
  for await (const model of watched(models, { label: "roles of heads", unit: "runs" })) {
    tables.push(await headRoles(model, lists));
  }
  const [reference, ...others] = tables;
  const judged = tables.map((table) => columnOf(table, judgedBy).map(Number));
  return tableOf(others.flatMap((other, i): HeadDistance[] => {
    const run = i + 1;
    const distance = (head: number, match: number) =>
      Math.abs(judged[0][head] - judged[run][match]);
    const matched = numberRows(matchHeads(reference, other, { scores }));
    return [
      ...matched.map(({ head, otherHead }) => {
        return { match: "by role" as const, run, distance: distance(head, otherHead) };
      }),
      ...judged[0].flatMap((_, head) =>
        judged[run].map((_, match) => ({
          match: "all" as const,
          run,
          distance: distance(head, match),
        }))
      ),
    ];
  }));
}
