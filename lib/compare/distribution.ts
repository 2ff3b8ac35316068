import pl from "nodejs-polars";
import { medianSorted, quantileSorted } from "simple-statistics";
import { z } from "zod";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { checkOptions, names, yesOrNo } from "../base/options.ts";

/** What is summed up of a table. */
export interface DistributionOptions {
  /** Columns whose values make the groups. Default `["component"]`. */
  readonly by?: readonly string[];
  /** The column that is summed up. Default `cosine`. */
  readonly measure?: string;
  /** Whether signs are dropped: sizes of changes. */
  readonly absolute?: boolean;
}

const schema = z.strictObject({
  by: names.optional(),
  measure: z.string("to be a column's name").optional(),
  absolute: yesOrNo.optional(),
});

/**
 * How a measure is spread in each group of a table of compared weights: the columns of the groups, then `n`, `mean`, `min`,
 * `low` (5 %), `median`, `high` (95 %) and `max`, in the order in which the groups first appear. Empty cells do not count; a
 * group without a number is left out.
 *
 * By `["layer", "component"]` it is what a layer × component map draws.
 *
 * @throws CircuitbookError when a column is missing.
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
export function distribution(table: pl.DataFrame, options: DistributionOptions = {}): pl.DataFrame {
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
  return pl.DataFrame([...groups.values()].map(({ first, values }) => ({
    ...Object.fromEntries(by.map((name, i) => [name, columns[i][first]])),
    ...spreadOf(values),
  })));
}

/** The cells of a column. @throws CircuitbookError when it is missing. */
export function columnOf(table: pl.DataFrame, name: string): unknown[] {
  if (table.columns.includes(name)) return table.getColumn(name).toArray();
  const nearest = nearestNames(name, table.columns, 1);
  throw new CircuitbookError(
    `Expected one of the columns ${
      table.columns.join(", ")
    } but found "${name}"; nearest: ${nearest}.`,
  );
}

function spreadOf(values: readonly number[]): Record<string, number> {
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
 * The numbers of one column of a table by the values of another: what a histogram by class draws. Empty cells are left out.
 *
 * @throws CircuitbookError when a column is missing.
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
  const names = columnOf(table, by);
  const values = columnOf(table, measure);
  const lists: Record<string, number[]> = {};
  names.forEach((name, i) => {
    if (typeof values[i] === "number") (lists[String(name)] ??= []).push(values[i] as number);
  });
  return lists;
}

/**
 * The numbers of one column of a table. Empty cells are left out.
 *
 * @throws CircuitbookError when the column is missing.
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
  return columnOf(table, measure).filter((value) => typeof value === "number");
}

/**
 * The median size of a measure by layer and component, over several tables of compared weights: what `plot.layerGrid` draws
 * with `column: "component"`. Columns: `layer`, `component`, the measure, `n`. What is outside the layers is left out.
 *
 * @throws CircuitbookError when a column is missing.
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
export function byLayer(tables: readonly pl.DataFrame[], measure: string): pl.DataFrame {
  const rows = tables.flatMap((table) =>
    distribution(table, { by: ["layer", "component"], measure, absolute: true }).toRecords()
  );
  const inside = rows.filter(({ layer }) => layer !== null);
  return pl.DataFrame(
    inside.map(({ layer, component, median, n }) => ({ layer, component, [measure]: median, n })),
  );
}
