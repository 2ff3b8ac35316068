import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { watched } from "../../base/progress.ts";
import { matchHeads } from "../../compare/mod.ts";
import { checkOptions, names } from "../../base/options.ts";
import type { Model } from "../../model/model.ts";
import { numberRows } from "../../table/rows.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";
import { headRoles } from "./roles.ts";

/** By what heads of several runs are matched, and by what the match is judged. */
export interface MatchedRunsOptions {
  /** Columns of {@link headRoles} that make a head's role vector. */
  readonly scores: readonly string[];
  /** A column that has no part in the match. */
  readonly judgedBy: string;
}

/**
 * How alike the heads of several training runs are once they are matched by role, as a table: `pairs` ("matched by role", or as a
 * control "all pairs": what a random match has on average), `run`, `distance` (between two heads in the column that judges).
 *
 * The heads of every run are assigned to those of the first, see `compare.matchHeads`.
 *
 * @throws CircuitbookError when a column is unknown, or judges what it took part in.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const options = { scores: ["share"], judgedBy: "alone" };
 * const table = await maxOfListStudy.matchedRuns([model, model], maxOfList.lists({ n: 20 }), options);
 * assertEquals(table.getColumn("distance").toArray().slice(0, 4), [0, 0, 0, 0]);
 * ```
 */
export async function matchedRuns(
  models: readonly Model[],
  lists: readonly DigitList[],
  options: MatchedRunsOptions,
): Promise<pl.DataFrame> {
  const shape = { scores: names, judgedBy: z.string("to be a column's name") };
  checkOptions(options, z.strictObject(shape), "maxOfList.matchedRuns");
  const { scores, judgedBy } = options;
  if (scores.includes(judgedBy)) {
    throw new CircuitbookError(
      `Expected a column that has no part in the match but found "${judgedBy}"; leave it out.`,
    );
  }
  const tables: pl.DataFrame[] = [];
  for await (const model of watched(models, { label: "roles of heads", unit: "runs" })) {
    tables.push(await headRoles(model, lists));
  }
  const [reference, ...others] = tables;
  const judged = tables.map((table) => columnOf(table, judgedBy));
  return pl.DataFrame(others.flatMap((other, i) => {
    const run = i + 1;
    const distance = (head: number, match: number) =>
      Math.abs(judged[0][head] - judged[run][match]);
    const matched = numberRows(matchHeads(reference, other, { scores }));
    return [
      ...matched.map(({ head, otherHead }) => {
        return { pairs: "matched by role", run, distance: distance(head, otherHead) };
      }),
      ...judged[0].flatMap((_, head) =>
        judged[run].map((_, match) => ({
          pairs: "all pairs",
          run,
          distance: distance(head, match),
        }))
      ),
    ];
  }));
}

/** A column by the number of the head. */
function columnOf(table: pl.DataFrame, name: string): number[] {
  if (table.columns.includes(name)) return table.getColumn(name).toArray().map(Number);
  throw new CircuitbookError(
    `Expected one of the columns ${table.columns.join(", ")} but found "${name}".`,
  );
}
