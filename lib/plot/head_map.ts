import { colourScale } from "./colour.ts";
import type { Captions } from "./drawing.ts";
import { type Figure, figure } from "./figure.ts";
import { gridPart, spacedLabels } from "./grid.ts";
import { rampLegend } from "./legend.ts";
import { numberIn, optionalNumber, type Row, rowsOf, type Table } from "./rows.ts";
import { formatNumber } from "./text.ts";

/**
 * A map of all heads, layers going up: the effect of each as colour, blue below zero and orange above.
 *
 * The table has the columns `layer`, `head` and `effect` (or another, named by `value`); with `low` and `high`, heads whose interval
 * leaves out zero are framed. Value, interval and `n` are told under the pointer.
 *
 * @throws CircuitbookError when a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const heads = [{ layer: 0, head: 0, effect: -1.2 }, { layer: 0, head: 1, effect: 0.1 }];
 * assert(plot.headMap(heads).label.includes("layer 0 head 0"));
 * ```
 */
export function headMap(
  table: Table,
  { value = "effect", name = value, title, caption }: Captions & {
    /** The column that is drawn. */
    value?: string;
    /** The name beside the colours, with its unit. */
    name?: string;
  } = {},
): Figure {
  const rows = rowsOf(table, ["layer", "head", value]);
  const byHead = new Map(rows.map((row) => [`${numberIn(row, "layer")},${numberIn(row, "head")}`, row]));
  const layers = 1 + Math.max(...rows.map((row) => numberIn(row, "layer")));
  const heads = 1 + Math.max(...rows.map((row) => numberIn(row, "head")));
  const at = (row: number, head: number) => byHead.get(`${layers - 1 - row},${head}`);
  const effects = rows.map((row) => optionalNumber(row, value) ?? NaN);
  const scale = colourScale(effects, { colours: "diverging" });
  const size = { width: Math.min(34, Math.max(14, Math.floor(600 / heads))), height: layers > 20 ? 14 : 22 };
  const part = gridPart({
    rows: layers,
    columns: heads,
    scale,
    cell: size,
    value: (row, head) => at(row, head) && (optionalNumber(at(row, head)!, value) ?? NaN),
    title: (row, head) => describe(at(row, head)!, value),
    framed: (row, head) => leavesOutZero(at(row, head)!),
    rowName: "layer",
    columnName: "head",
    rowLabels: new Map([...spacedLabels(layers, size.height, 13)].map(([layer, text]) => [layers - 1 - layer, text])),
    columnLabels: spacedLabels(heads, size.width, 20),
  });
  const strongest = [...rows].sort((a, b) => Math.abs(numberOr0(b, value)) - Math.abs(numberOr0(a, value))).slice(0, 3);
  const label = `${name} of ${rows.length} heads; strongest: ${
    strongest.map((row) => describe(row, value)).join("; ")
  }.`;
  const note = rows.some(leavesOutZero) ? "Framed: the interval leaves out zero." : undefined;
  const special = effects.some(Number.isNaN) ? [NaN] : [];
  return figure([[rampLegend(scale, name, { special })], [part]], label, {
    title,
    caption: [caption, note].filter(Boolean).join(" "),
  });
}

function describe(row: Row, value: string): string {
  const low = optionalNumber(row, "low"), high = optionalNumber(row, "high"), n = optionalNumber(row, "n");
  const interval = low === undefined || high === undefined ? "" : ` (${formatNumber(low)} to ${formatNumber(high)})`;
  const effect = formatNumber(optionalNumber(row, value) ?? NaN);
  return `layer ${row.layer} head ${row.head}: ${effect}${interval}${n === undefined ? "" : `, n ${formatNumber(n)}`}`;
}

function leavesOutZero(row: Row): boolean {
  const low = optionalNumber(row, "low"), high = optionalNumber(row, "high");
  return low !== undefined && high !== undefined && (low > 0 || high < 0);
}

function numberOr0(row: Row, column: string): number {
  return optionalNumber(row, column) || 0;
}
