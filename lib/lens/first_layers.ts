import type pl from "nodejs-polars";
import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { isFrame } from "../base/frame.ts";
import { checkOptions, yesOrNo } from "../base/options.ts";
import { checkColumns } from "../table/columns.ts";
import type { Row } from "../table/plain_rows.ts";

/** The options of {@link firstLayers}. */
export interface FirstLayersOptions {
  /** Whether the condition must hold in every later layer as well. Default false. */
  readonly lasting?: boolean;
}

/**
 * Returns the first layer in which a condition holds, for each example of a table of a lens.
 *
 * @param table rows with `layer`, `example` and the given column.
 * @param column the column of the condition: true or false, or 1 or 0.
 * @param options whether the condition must hold in every later layer as well.
 * @returns the first layer for each example, in the order of the examples. If the condition holds
 * in no layer, the value is the last layer of the table plus one.
 * @throws CircuitbookError if the table lacks one of the columns.
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
  options: FirstLayersOptions = {},
): number[] {
  checkArguments("firstLayers", {
    table: [table, is.rows],
    column: [column, is.text],
  });

  checkOptions(options, z.strictObject({ lasting: yesOrNo.optional() }), "firstLayers");
  const rows = (isFrame(table) ? table.toRecords() : table) as readonly Row[];
  for (const row of rows) checkColumns(Object.keys(row), ["layer", "example", column]);
  const byExample = Map.groupBy(rows, ({ example }) => Number(example));
  return [...byExample].sort(([a], [b]) => a - b).map(([, members]) => {
    const ordered = members.toSorted((a, b) => Number(a.layer) - Number(b.layer));
    const holds = ordered.map((row) => Boolean(row[column]));
    const first = options.lasting ? holds.lastIndexOf(false) + 1 : holds.indexOf(true);
    // Only some layers may have been tapped, so an index into the rows is not a layer.
    return Number(ordered[first]?.layer ?? Number(ordered.at(-1)!.layer) + 1);
  });
}
