import { checkArguments, is } from "../base/arguments.ts";
import { checkColumns } from "../table/columns.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import type { ZeroedReading } from "./sweep_zeroed.ts";

/** How much silencing a set of neurons changed one number of one prompt. */
export interface ZeroingEffect {
  /** The name of the series of sets. */
  series: string;
  /** How many neurons of a layer are silenced. */
  k: number;
  /** The draw, among several sets of one size. */
  draw: number;
  /** The index of the prompt. */
  row: number;
  /** The layer that the lens reads, from 0. */
  layer: number;
  /** The number in the unedited model. */
  before: number;
  /** The number with the neurons silenced. */
  after: number;
  /** `after` − `before`. */
  effect: number;
}

/**
 * Returns how much silencing neurons changed a number of each prompt, such as the probability of a
 * class.
 *
 * @param swept what {@link sweepZeroed} returned.
 * @param column the column of the number, such as `p(right)`.
 * @returns a table with one row for each row of `swept`.
 * @throws CircuitbookError if the sweep has no such column.
 *
 * @example
 * ```ts
 * import { neurons, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const others = { series: "W[1]", draw: 0, row: 0, layer: 6, token: "this", said: "right" };
 * const swept = tables.tableOf([
 *   { ...others, k: 0, "p(right)": 0.75 },
 *   { ...others, k: 8, "p(right)": 0.5 },
 * ]);
 * const effects = neurons.effectsOf(swept, "p(right)");
 * assertEquals(effects.getColumn("effect").toArray(), [0, -0.25]);
 * ```
 */
export function effectsOf(
  swept: TableOf<ZeroedReading>,
  column: string,
): TableOf<ZeroingEffect> {
  checkArguments("effectsOf", { swept: [swept, is.table], column: [column, is.text] });

  checkColumns(swept.columns, [column]);
  const rows = rowsOf(swept) as (ZeroedReading & Record<string, unknown>)[];
  const unedited = new Map(
    rows.filter(({ k }) => k === 0).map((row) => [`${row.row} ${row.layer}`, Number(row[column])]),
  );
  return tableOf(rows.map(({ series, k, draw, row, layer, [column]: value }) => {
    const before = unedited.get(`${row} ${layer}`) ?? NaN;
    const after = Number(value);
    return { series, k, draw, row, layer, before, after, effect: after - before };
  }));
}
