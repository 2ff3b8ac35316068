import { checkArguments, is } from "../../base/arguments.ts";
import { groupRows } from "../../table/groups.ts";
import { bootstrap, wilson } from "../../stats/intervals.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { ReasoningOutcome } from "../../tasks/reasoning/outcome.ts";
import type { JudgedText } from "./judged.ts";
import { meanOf } from "../../base/mean.ts";

/** A text as {@link tally} counts it. */
export interface CountedText extends Pick<JudgedText, "outcome" | "correct"> {
  /** How many tokens were written. */
  readonly tokens: number;
  /** The share of windows of four tokens that came before in the text. */
  readonly repeated: number;
}

/** What became of the texts of one group. */
export interface Tally {
  /** The share of texts that end the chain of thought. */
  readonly ends: number;
  /** The share of texts that go on. */
  readonly "goes on": number;
  /** The share of texts that show neither. */
  readonly unclear: number;
  /** The share of texts with a correct answer. */
  readonly accuracy: number;
  /** Lower end of the 95 % Wilson interval of `accuracy`. */
  readonly accuracyLow: number;
  /** Upper end of the interval. */
  readonly accuracyHigh: number;
  /** The mean number of tokens. */
  readonly tokens: number;
  /** Lower end of the 95 % bootstrap interval of `tokens`. */
  readonly tokensLow: number;
  /** Upper end of the interval. */
  readonly tokensHigh: number;
  /** The mean share of repeated windows of tokens. */
  readonly repeated: number;
  /** How many texts. */
  readonly n: number;
  /** The columns that make the groups. */
  readonly [group: string]: unknown;
}

/**
 * Returns the outcomes of judged texts, group by group.
 *
 * @param table a table of {@link steered}.
 * @param by the columns whose values make the groups.
 * @returns one row a group: the columns of the groups, then the shares and means.
 * @throws CircuitbookError if the table has no rows.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const texts = tables.tableOf([
 *   { coefficient: 0, outcome: "ends" as const, correct: true, tokens: 4, repeated: 0 },
 *   { coefficient: 0, outcome: "goes on" as const, correct: true, tokens: 8, repeated: 0 },
 * ]);
 * const [row] = tables.rowsOf(contrastive.tally(texts, ["coefficient"]));
 * assertEquals([row.ends, row.accuracy, row.tokens, row.n], [0.5, 1, 6, 2]);
 * ```
 */
export function tally(table: TableOf<CountedText>, by: readonly string[]): TableOf<Tally> {
  checkArguments("tally", { table: [table, is.table], by: [by, is.texts] });

  return tableOf(
    groupRows(table, by, []).map(({ names, members: found }) => {
      const members = found as CountedText[];
      const share = (wanted: ReasoningOutcome) =>
        members.filter((row) => row.outcome === wanted).length / members.length;
      const right = wilson(members.filter(({ correct }) => correct).length, members.length);
      const length = bootstrap(members.map(({ tokens }) => tokens));
      return {
        ...names,
        ends: share("ends"),
        "goes on": share("goes on"),
        unclear: share("unclear"),
        accuracy: right.value,
        accuracyLow: right.low,
        accuracyHigh: right.high,
        tokens: length.value,
        tokensLow: length.low,
        tokensHigh: length.high,
        repeated: meanOf(members.map(({ repeated }) => repeated)),
        n: members.length,
      };
    }),
  );
}
