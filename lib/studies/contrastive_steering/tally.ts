import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import { bootstrap, wilson } from "../../stats/intervals.ts";
import type { ReasoningOutcome } from "../../tasks/reasoning/outcome.ts";

/** A row of a judged table. */
interface Judged {
  readonly outcome: ReasoningOutcome;
  readonly correct: boolean;
  readonly tokens: number;
  readonly repeated: number;
}

/**
 * What became of judged texts in each group of a table (as of `steered`): the columns of the groups, the shares `ends`,
 * `goes on` and `unclear`, `accuracy` with `accuracyLow` and `accuracyHigh` (95 % Wilson interval), the mean number of
 * `tokens` with `tokensLow` and `tokensHigh` (95 % bootstrap interval), the mean `repeated`, and `n`.
 *
 * @throws CircuitbookError when there are no rows.
 *
 * @example
 * ```ts
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const texts = { scale: [0, 0], outcome: ["ends", "goes on"], correct: [true, true], tokens: [4, 8], repeated: [0, 0] };
 * const [row] = contrastive.tally(pl.DataFrame(texts), ["scale"]).toRecords();
 * assertEquals([row.ends, row.accuracy, row.tokens, row.n], [0.5, 1, 6, 2]);
 * ```
 */
export function tally(table: pl.DataFrame, by: readonly string[]): pl.DataFrame {
  const rows = table.toRecords() as (Judged & Record<string, unknown>)[];
  if (!rows.length) {
    throw new CircuitbookError("Expected at least one text to count but found an empty table.");
  }
  const groups = Map.groupBy(rows, (row) => JSON.stringify(by.map((name) => row[name])));
  return pl.DataFrame([...groups.values()].map((members) => {
    const share = (wanted: ReasoningOutcome) =>
      members.filter((row) => row.outcome === wanted).length / members.length;
    const right = wilson(members.filter(({ correct }) => correct).length, members.length);
    const length = bootstrap(members.map(({ tokens }) => tokens));
    return {
      ...Object.fromEntries(by.map((name) => [name, members[0][name]])),
      ends: share("ends"),
      "goes on": share("goes on"),
      unclear: share("unclear"),
      accuracy: right.value,
      accuracyLow: right.low,
      accuracyHigh: right.high,
      tokens: length.value,
      tokensLow: length.low,
      tokensHigh: length.high,
      repeated: members.reduce((sum, { repeated }) => sum + repeated, 0) / members.length,
      n: members.length,
    };
  }));
}
