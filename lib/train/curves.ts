import pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import type { TableOf } from "../table/table.ts";

/**
 * A row of training curves: numbers by column. A column that is undefined was not measured at that
 * step.
 */
export interface CurveRow {
  /** The step that the row belongs to, from 1. */
  readonly step: number;
  /** The values measured at that step. */
  readonly [column: string]: number | undefined;
}

/**
 * Returns training curves as a table with one row for each step. Columns are in the order of their
 * first appearance; a value is null where a step did not measure it.
 *
 * @param rows the rows, in the order of their steps.
 * @returns a table with the whole number `step` and the measured columns.
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ step: 1, loss: 2.5 }, { step: 2, loss: 2.25, validation: 2.5 }];
 * const frame = training.curveFrame(rows);
 * assertEquals(frame.getColumn("validation").toArray(), [null, 2.5]);
 * ```
 */
export function curveFrame(rows: readonly CurveRow[]): TableOf<CurveRow> {
  checkArguments("curveFrame", { rows: [rows, is.objects] });

  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return pl.DataFrame(columns.map((column) => {
    const values = rows.map((row) => row[column] ?? null);
    return pl.Series(column, values, column === "step" ? pl.Int64 : pl.Float64);
  }));
}
