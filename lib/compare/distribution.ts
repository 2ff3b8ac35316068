import type pl from "nodejs-polars";
import { median } from "simple-statistics";
import { checkArguments, is } from "../base/arguments.ts";
import { columnOf } from "../table/columns.ts";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/**
 * The median size of a measure in one layer and component: a row of the table of {@link byLayer}.
 */
export interface LayerMedian {
  /** The layer, from 0. */
  layer: number;
  /** The component. */
  component: string;
  /** The number of values. */
  n: number;
}

/**
 * Returns the numbers of one column of a table. Empty cells are left out.
 *
 * @param table a table.
 * @param measure the column with the numbers.
 * @returns the numbers, in the order of the rows.
 * @throws CircuitbookError if the column is missing.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * assertEquals(compare.valuesOf(pl.DataFrame({ cosine: [0.9, null, 1] }), "cosine"), [0.9, 1]);
 * ```
 */
export function valuesOf(table: pl.DataFrame, measure: string): number[] {
  checkArguments("valuesOf", { table: [table, is.table], measure: [measure, is.text] });

  return columnOf(table, measure).filter((value) => typeof value === "number");
}

/**
 * Returns the median magnitude of a measure in each layer and component, for `plot.layerGrid` with
 * `column: "component"`. Weights outside the layers are left out.
 *
 * @param tables tables of {@link weights}.
 * @param measure the column that is summarised.
 * @returns a row for each layer and component, with the median under the name of the measure.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({
 *   layer: [0, 0, null],
 *   component: ["Q", "Q", "embed"],
 *   normChange: [0.25, -0.75, 5],
 * });
 * assertEquals(compare.byLayer([table], "normChange").toRecords(), [{
 *   layer: 0,
 *   component: "Q",
 *   normChange: 0.5,
 *   n: 2,
 * }]);
 * ```
 */
export function byLayer(
  tables: readonly pl.DataFrame[],
  measure: string,
): TableOf<LayerMedian & Record<string, unknown>> {
  checkArguments("byLayer", { tables: [tables, is.listOf(is.table)], measure: [measure, is.text] });

  const groups = tables.flatMap((table) =>
    groupRows<Record<string, unknown>>(table, ["layer", "component"], [measure])
  );
  const sizes = groups.map(({ names: { layer, component }, members }) => ({
    layer: layer as number | null,
    component: component as string,
    values: members.map((row) => row[measure]).filter((value) => typeof value === "number"),
  })).filter(({ layer, values }) => layer !== null && values.length > 0);
  return tableOf(sizes.map(({ layer, component, values }) => ({
    layer: layer!,
    component,
    [measure]: median(values.map(Math.abs)),
    n: values.length,
  })));
}
