import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import type { Start } from "./starts.ts";

/** What a chain of thought does next: it ends, it goes on reasoning, or neither is to be seen. */
export type ReasoningOutcome = "ends" | "goes on" | "unclear";

/** An equals sign before a number: the result of a calculation. */
const CALCULATION = /=[\s\\$€£({[-]*−?\d/;

/**
 * What a chain of thought does from a place on. It *ends* when it is left (`</think>`) before another calculation is written,
 * and *goes on* when another calculation comes first; a text that does neither is *unclear*: it was cut off, or is no
 * reasoning.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(reasoning.outcome("So, the equation that equals 62 is 68 - 6. </think>"), "ends");
 * assertEquals(reasoning.outcome("Wait, 68 - 6 = 62. </think>"), "goes on");
 * assertEquals(reasoning.outcome("- - - -"), "unclear");
 * ```
 */
export function outcome(text: string): ReasoningOutcome {
  const end = text.indexOf("</think>");
  const calculation = text.search(CALCULATION);
  if (end < 0 && calculation < 0) return "unclear";
  return calculation < 0 || (end >= 0 && end < calculation) ? "ends" : "goes on";
}

/**
 * A table of texts that were written on from some starts (columns `row` and `text`, as of `sweepGenerations`), judged: with
 * the columns `problem`, `outcome` and `correct` (whether the whole text answers the problem rightly) beside its own.
 *
 * @throws CircuitbookError when a row is not among the starts.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const problem = { id: "a", prompt: "", answer: "7", correct: (text: string) => text.endsWith("7") };
 * const table = pl.DataFrame({ row: [0], text: ["</think> 7"] });
 * const judged = reasoning.judged(table, [{ problem, tokens: [], before: "8 - 1 = 7." }]);
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
