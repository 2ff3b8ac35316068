import pl from "nodejs-polars";
import { medianSorted, quantileSorted } from "simple-statistics";
import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { checkOptions, names, yesOrNo } from "../base/options.ts";
import { columnOf } from "../table/columns.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/** Which column of a table is summarised, in which groups. */
export interface DistributionOptions {
  /** The columns whose values make the groups. Default `["component"]`. */
  readonly by?: readonly string[];
  /** The column that is summarised. Default `cosine`. */
  readonly measure?: string;
  /** Whether values are summarised without their signs. Default false. */
  readonly absolute?: boolean;
}

/** How a measure is spread in one group. */
export interface MeasureSpread {
  /** The number of values. */
  n: number;
  /** The mean. */
  mean: number;
  /** The smallest value. */
  min: number;
  /** The 5 % quantile. */
  low: number;
  /** The median. */
  median: number;
  /** The 95 % quantile. */
  high: number;
  /** The largest value. */
  max: number;
}

/** The median size of a measure in one layer and component: a row of the table of {@link byLayer}. */
export interface LayerMedian {
  /** The layer, from 0. */
  layer: number;
  /** The component. */
  component: string;
  /** The number of values. */
  n: number;
}

const schema = z.strictObject({
  by: names.optional(),
  measure: z.string("to be a column's name").optional(),
  absolute: yesOrNo.optional(),
});

/**
 * Returns how a measure is spread in each group of a table of compared weights. Empty cells do not count, and
 * a group without a number is left out.
 *
 * @param table a table of {@link weights}, or any other table.
 * @param options which column is summarised, in which groups.
 * @returns a row for each group, with the columns of `by`, in the order in which the groups first appear.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ component: ["Q", "Q", "K"], cosine: [0.9, 1, 0.5] });
 * const found = compare.distribution(table);
 * assertEquals(found.getColumn("mean").toArray(), [0.95, 0.5]);
 * ```
 */
export function distribution(
  table: pl.DataFrame,
  options: DistributionOptions = {},
): TableOf<MeasureSpread & Record<string, unknown>> {
  checkArguments("distribution", { table: [table, is.table] });

  checkOptions(options, schema, "compare.distribution");
  const { by = ["component"], measure = "cosine", absolute = false } = options;
  const columns = [...by, measure].map((name) => columnOf(table, name));
  const values = columns.pop()!;
  const groups = new Map<string, { first: number; values: number[] }>();
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== "number") continue;
    const key = JSON.stringify(columns.map((column) => column[i]));
    const group = groups.get(key) ?? { first: i, values: [] };
    group.values.push(absolute ? Math.abs(values[i] as number) : values[i] as number);
    groups.set(key, group);
  }
  return tableOf([...groups.values()].map(({ first, values }) => ({
    ...Object.fromEntries(by.map((name, i) => [name, columns[i][first]])),
    ...spreadOf(values),
  })));
}

function spreadOf(values: readonly number[]): MeasureSpread {
  const sorted = Float64Array.from(values).sort() as unknown as number[];
  return {
    n: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    min: sorted[0],
    low: quantileSorted(sorted, 0.05),
    median: medianSorted(sorted),
    high: quantileSorted(sorted, 0.95),
    max: sorted[sorted.length - 1],
  };
}

/**
 * Returns the numbers of one column of a table by the values of another column, such as for a histogram of
 * each class. Empty cells are left out.
 *
 * @param table a table.
 * @param by the column whose values make the groups.
 * @param measure the column with the numbers.
 * @returns a list of numbers for each value of `by`.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ component: ["Q", "Q", "K"], cosine: [0.9, 1, 0.5] });
 * assertEquals(compare.valuesBy(table, "component", "cosine"), { Q: [0.9, 1], K: [0.5] });
 * ```
 */
export function valuesBy(
  table: pl.DataFrame,
  by: string,
  measure: string,
): Record<string, number[]> {
  checkArguments("valuesBy", {
    table: [table, is.table],
    by: [by, is.text],
    measure: [measure, is.text],
  });

  const names = columnOf(table, by);
  const values = columnOf(table, measure);
  const lists: Record<string, number[]> = {};
  names.forEach((name, i) => {
    if (typeof values[i] === "number") (lists[String(name)] ??= []).push(values[i] as number);
  });
  return lists;
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
 * const table = pl.DataFrame({ layer: [0, 0, null], component: ["Q", "Q", "embed"], normChange: [0.25, -0.75, 5] });
 * assertEquals(compare.byLayer([table], "normChange").toRecords(), [{ layer: 0, component: "Q", normChange: 0.5, n: 2 }]);
 * ```
 */
export function byLayer(
  tables: readonly pl.DataFrame[],
  measure: string,
): TableOf<LayerMedian & Record<string, unknown>> {
  checkArguments("byLayer", { tables: [tables, is.listOf(is.table)], measure: [measure, is.text] });

  const rows = tables.flatMap((table) =>
    distribution(table, { by: ["layer", "component"], measure, absolute: true }).toRecords()
  );
  const inside = rows.filter(({ layer }) => layer !== null);
  return pl.DataFrame(
    inside.map(({ layer, component, median, n }) => ({ layer, component, [measure]: median, n })),
  );
}
