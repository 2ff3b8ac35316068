import {
  type Captions,
  type Drawing,
  formatNumber,
  rowsOf,
  type Table,
  table,
} from "../../plot/mod.ts";

/**
 * A table of means as people read them: what the groups are, the mean, its interval, and n.
 *
 * @param means with the columns `mean`, `low`, `high` and `n`, such as `meansBy` returns, and those of the groups.
 * @throws CircuitbookError when a column is missing.
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
  const rows = rowsOf(means, ["mean", "low", "high", "n"]).map((
    { mean, low, high, n, ...groups },
  ) => ({
    ...groups,
    mean: formatNumber(Number(mean), 3),
    "95 % interval": `${formatNumber(Number(low), 3)} to ${formatNumber(Number(high), 3)}`,
    n,
  }));
  return table(rows, captions);
}
