import pl from "nodejs-polars";

/** A row of training curves: numbers by column; an undefined one was not measured at that step. */
export interface CurveRow {
  readonly step: number;
  readonly [column: string]: number | undefined;
}

/**
 * The table of training curves: a row of each step, `step` as a whole number, the other columns in the order of their
 * appearance, empty where a step did not measure them.
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const frame = training.curveFrame([{ step: 1, loss: 2.5 }, { step: 2, loss: 2.25, validation: 2.5 }]);
 * assertEquals(frame.getColumn("validation").toArray(), [null, 2.5]);
 * ```
 */
export function curveFrame(rows: readonly CurveRow[]): pl.DataFrame {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return pl.DataFrame(columns.map((column) => {
    const values = rows.map((row) => row[column] ?? null);
    return pl.Series(column, values, column === "step" ? pl.Int64 : pl.Float64);
  }));
}
