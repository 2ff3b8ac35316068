import type pl from "nodejs-polars";

/**
 * The layer from which on something holds in every later layer, for each example of a lens's table; one more than the last layer where
 * it does not hold there.
 *
 * @param table `layer`, `example`, and what `holds` reads.
 * @param holds whether it holds at a layer and example.
 *
 * @example
 * ```ts
 * import { lens } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ layer: [0, 1, 2], example: [0, 0, 0], p: [0.9, 0.1, 0.8] });
 * assertEquals(lens.firstLayers(table, ({ p }) => p > 0.5), [2]);
 * ```
 */
export function firstLayers(table: pl.DataFrame, holds: (row: Readonly<Record<string, number>>) => boolean): number[] {
  const rows = table.toRecords() as Record<string, number>[], firsts = new Map<number, number>();
  for (const row of rows.toSorted((a, b) => b.layer - a.layer)) {
    const first = firsts.get(row.example) ?? row.layer + 1;
    firsts.set(row.example, first === row.layer + 1 && holds(row) ? row.layer : first);
  }
  return [...firsts].sort(([a], [b]) => a - b).map(([, first]) => first);
}
