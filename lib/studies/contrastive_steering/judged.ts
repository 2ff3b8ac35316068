import { checkArguments, is } from "../../base/arguments.ts";
import { aStart } from "./kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { outcome, type ReasoningOutcome } from "../../tasks/reasoning/outcome.ts";
import type { Start } from "./starts.ts";

/** What became of a text, beside the columns that the table of texts had. */
export interface JudgedText {
  /** The index of the start that the text continues. */
  readonly row: number;
  /** The text that the model wrote. */
  readonly text: string;
  /** The problem's id. */
  readonly problem: string;
  /** Whether the text ends the chain of thought or goes on. */
  readonly outcome: ReasoningOutcome;
  /** Whether the whole text answers the problem correctly. */
  readonly correct: boolean;
}

/**
 * Returns a table of texts with three more columns: the problem, the outcome, and whether the whole
 * text answers the problem correctly.
 *
 * @param table a table with the columns `row` (an index of the starts) and `text`, such as
 * `steering.sweepGenerations` returns.
 * @param starts the starts that the texts continue.
 * @returns the table with `problem`, `outcome` and `correct` beside its own columns.
 * @throws CircuitbookError if a row is not among the starts.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = {
 *   id: "a",
 *   prompt: "",
 *   answer: "7",
 *   correct: (text: string) => text.endsWith("7"),
 * };
 * const table = tables.tableOf([{ row: 0, text: "</think> 7" }]);
 * const judged = contrastive.judged(table, [{ problem, tokens: [], before: "8 - 1 = 7." }]);
 * assertEquals(judged.toRecords()[0].correct, true);
 * ```
 */
export function judged<Row extends { row: number; text: string }>(
  table: TableOf<Row>,
  starts: readonly Start[],
): TableOf<Row & JudgedText> {
  checkArguments("judged", {
    table: [table, is.table],
    starts: [starts, is.listOf(aStart)],
  });

  return tableOf(
    rowsOf(table).map((record) => {
      const start = starts[record.row];
      if (!start) {
        throw new CircuitbookError(
          `Expected a start for row ${record.row} but found ${starts.length} starts.`,
        );
      }
      const { problem, before } = start;
      return {
        ...record,
        problem: problem.id,
        outcome: outcome(record.text),
        correct: problem.correct(before + record.text),
      };
    }),
  );
}
