import { checkArguments, is } from "../../base/arguments.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { VerdictRow } from "./verdicts.ts";
import { meanOf } from "../../base/mean.ts";

/** How the margin of one problem's text changes with the attempts before. */
export interface ProblemSlope {
  /** Which text: "wrong, states the target", "right, as it is" and so on. */
  readonly text: string;
  /** The problem's id. */
  readonly problem: string;
  /** The margin gained with each attempt before, in logits. */
  readonly slope: number;
}

/** The description of a text by its change. */
const SAID: Readonly<Record<string, string>> = {
  "nothing": "as it is",
  "result: the target": "states the target",
  "result: another": "states another number",
};

/**
 * Returns, for each problem and text, the slope of the margin over the number of attempts before.
 * The mean of the slopes of all problems is the slope over all, and problems can be drawn as units.
 *
 * @param rows verdicts of texts with two or more different numbers of attempts before.
 * @returns a row for each text and problem.
 *
 * @example
 * ```ts
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const row = { change: "nothing", right: true, problem: "a" } as const;
 * const table = backtracking.slopesByProblem([{ ...row, earlier: 0, margin: 1 }, {
 *   ...row,
 *   earlier: 2,
 *   margin: 5,
 * }]);
 * assertEquals(table.toRecords(), [{ text: "right, as it is", problem: "a", slope: 2 }]);
 * ```
 */
export function slopesByProblem(
  rows: readonly Pick<VerdictRow, "change" | "right" | "problem" | "earlier" | "margin">[],
): TableOf<ProblemSlope> {
  checkArguments("slopesByProblem", {
    rows: [rows, is.listOf(is.like("an object", "change", "right", "problem"))],
  });

  const groups = Map.groupBy(
    rows,
    ({ change, right, problem }) => JSON.stringify([change, right, problem]),
  );
  return tableOf(
    [...groups.values()].map((own) => {
      const [{ change, right, problem }] = own;
      return {
        text: `${right ? "right" : "wrong"}, ${SAID[change] ?? change}`,
        problem,
        slope: slopeOf(own),
      };
    }),
  );
}

/** Returns the slope of the margin over the attempts before, by least squares. */
function slopeOf(rows: readonly Pick<VerdictRow, "earlier" | "margin">[]): number {
  const centre = meanOf(rows.map(({ earlier }) => earlier));
  const steps = rows.map(({ earlier }) => earlier - centre);
  const along = rows.reduce((sum, { margin }, i) => sum + steps[i] * margin, 0);
  return along / steps.reduce((sum, step) => sum + step * step, 0);
}
