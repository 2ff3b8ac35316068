import { type Captions, type Drawing, formatNumber, type Table, table } from "../../plot/mod.ts";
import { rowsWith } from "../../table/plain_rows.ts";

/**
 * Returns a drawn table of means: the columns of the groups, the mean, its 95 % interval, and n.
 *
 * @param means a table with the columns `mean`, `low`, `high`, `n` and any columns of groups, as
 * `stats.meansBy` returns it.
 * @param captions the words around the table.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const drawing = notebook.meansView([{ k: 50, mean: -0.0891, low: -0.124, high: -0.0602, n: 60 }]);
 * assert(drawing.text.includes("−0.0891") && drawing.text.includes("−0.124 to −0.0602"));
 * ```
 */
export function meansView(means: Table, captions: Captions = {}): Drawing {
  const rows = rowsWith(means, ["mean", "low", "high", "n"]).map((
    { mean, low, high, n, ...groups },
  ) => ({
    ...groups,
    mean: formatNumber(Number(mean), 3),
    "95 % interval": `${formatNumber(Number(low), 3)} to ${formatNumber(Number(high), 3)}`,
    n,
  }));
  return table(rows, captions);
}
