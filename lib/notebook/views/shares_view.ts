import { tenths } from "../../base/formats.ts";
import { type Captions, type Drawing, type Table, table } from "../../plot/mod.ts";
import { rowsWith } from "../../table/plain_rows.ts";

/**
 * Returns a drawn table of shares: the columns of the groups, the share in per cent, its 95 %
 * interval, and n.
 *
 * @param shares a table with the columns `share`, `low`, `high` (each between 0 and 1), `n` and any
 * columns of groups, as `stats.sharesBy` returns it.
 * @param captions the words around the table.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const drawing = notebook.sharesView([{
 *   scale: 40,
 *   share: 0.991,
 *   low: 0.946,
 *   high: 0.998,
 *   n: 100,
 * }]);
 * assert(drawing.text.includes("99.1 %") && drawing.text.includes("94.6 to 99.8 %"));
 * ```
 */
export function sharesView(shares: Table, captions: Captions = {}): Drawing {
  const rows = rowsWith(shares, ["share", "low", "high", "n"]).map((
    { share, low, high, n, ...groups },
  ) => ({
    ...groups,
    share: `${tenths(100 * Number(share))} %`,
    "95 % interval": `${tenths(100 * Number(low))} to ${tenths(100 * Number(high))} %`,
    n,
  }));
  return table(rows, captions);
}
