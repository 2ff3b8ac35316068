import type pl from "nodejs-polars";
import { z } from "zod";
import { checkOptions, yesOrNo } from "../base/options.ts";
import { checkColumns } from "../table/columns.ts";
import { isFrame, type Row } from "../table/plain_rows.ts";

/** What a first layer is. */
export interface FirstLayerOptions {
  /** Whether it must hold in every later layer, too. Default false. */
  readonly lasting?: boolean;
}

/**
 * The first layer in which something holds, for each example of a lens's table, in the order of examples; one more than the table's
 * last layer where there is none.
 *
 * @param table `layer`, `example`, and the column.
 * @param column yes or no (1 or 0).
 * @throws CircuitbookError when the column is missing.
 *
 * @example
 * ```ts
 * import { lens } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = [0.9, 0.1, 0.8].map((p, layer) => ({ layer, example: 0, likely: p > 0.5 }));
 * assertEquals(lens.firstLayers(table, "likely"), [0]);
 * assertEquals(lens.firstLayers(table, "likely", { lasting: true }), [2]);
 * ```
 */
export function firstLayers(
  table: readonly object[] | pl.DataFrame,
  column: string,
  options: FirstLayerOptions = {},
): number[] {
  checkOptions(options, z.strictObject({ lasting: yesOrNo.optional() }), "firstLayers");
  const rows = (isFrame(table) ? table.toRecords() : table) as readonly Row[];
  for (const row of rows) checkColumns(Object.keys(row), ["layer", "example", column]);
  const byExample = Map.groupBy(rows, ({ example }) => Number(example));
  return [...byExample].sort(([a], [b]) => a - b).map(([, members]) => {
    const ordered = members.toSorted((a, b) => Number(a.layer) - Number(b.layer));
    const holds = ordered.map((row) => Boolean(row[column]));
    const first = options.lasting ? holds.lastIndexOf(false) + 1 : holds.indexOf(true);
    // Only some layers may have been tapped: what counts is the number of the layer, not its place in the table.
    return Number(ordered[first]?.layer ?? Number(ordered.at(-1)!.layer) + 1);
  });
}
