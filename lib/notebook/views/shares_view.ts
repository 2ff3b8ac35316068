import { type Captions, type Drawing, rowsOf, type Table, table } from "../../plot/mod.ts";

/**
 * A table of shares as people read them: what the groups are, the share as per cent, its interval, and n.
 *
 * @param shares with the columns `share`, `low`, `high` and `n`, such as `sharesBy` returns, and those of the groups.
 * @throws CircuitbookError when a column is missing.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const drawing = notebook.sharesView([{ scale: 40, share: 0.991, low: 0.946, high: 0.998, n: 100 }]);
 * assert(drawing.text.includes("99.1 %") && drawing.text.includes("94.6 to 99.8 %"));
 * ```
 */
export function sharesView(shares: Table, captions: Captions = {}): Drawing {
  const rows = rowsOf(shares, ["share", "low", "high", "n"]).map((
    { share, low, high, n, ...groups },
  ) => ({
    ...groups,
    share: `${percent(share)} %`,
    "95 % interval": `${percent(low)} to ${percent(high)} %`,
    n,
  }));
  return table(rows, captions);
}

function percent(share: unknown): string {
  return String(Number((100 * Number(share)).toFixed(1)));
}
