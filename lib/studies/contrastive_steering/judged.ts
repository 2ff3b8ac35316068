import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import { outcome } from "../../tasks/reasoning/outcome.ts";
import type { Start } from "./starts.ts";

/**
 * A table of texts that were written on from some starts (columns `row` and `text`, as of `sweepGenerations`), judged: with
 * the columns `problem`, `outcome` and `correct` (whether the whole text answers the problem rightly) beside its own.
 *
 * @throws CircuitbookError when a row is not among the starts.
 *
 * @example
 * ```ts
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const problem = { id: "a", prompt: "", answer: "7", correct: (text: string) => text.endsWith("7") };
 * const table = pl.DataFrame({ row: [0], text: ["</think> 7"] });
 * const judged = contrastive.judged(table, [{ problem, tokens: [], before: "8 - 1 = 7." }]);
 * assertEquals(judged.toRecords()[0].correct, true);
 * ```
 */
export function judged(table: pl.DataFrame, starts: readonly Start[]): pl.DataFrame {
  const records = table.toRecords() as { row: number; text: string }[];
  return pl.DataFrame(records.map((record) => {
    const start = starts[record.row];
    if (!start) {
      throw new CircuitbookError(
        `Expected a start for row ${record.row} but found ${starts.length} starts.`,
      );
    }
    const { problem, before } = start;
    const facts = { outcome: outcome(record.text), correct: problem.correct(before + record.text) };
    return { ...record, problem: problem.id, ...facts };
  }));
}
