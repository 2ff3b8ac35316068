import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart, spacedLabels } from "./parts/grid.ts";
import { leavesOutZero, strongestInWords, valueInWords } from "./parts/interval.ts";
import { rampLegend } from "./parts/legend.ts";
import { numberIn, optionalNumber, type Row, rowsOf, type Table } from "../table/plain_rows.ts";

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
  const byHead = new Map(
    rows.map((row) => [`${numberIn(row, "layer")},${numberIn(row, "head")}`, row]),
  );
  const layers = 1 + Math.max(...rows.map((row) => numberIn(row, "layer")));
  const heads = 1 + Math.max(...rows.map((row) => numberIn(row, "head")));
  const at = (row: number, head: number) => byHead.get(`${layers - 1 - row},${head}`);
  const effects = rows.map((row) => optionalNumber(row, value) ?? NaN);
  const scale = colourScale(effects, { colours: "diverging" });
  const size = {
    width: Math.min(34, Math.max(14, Math.floor(600 / heads))),
    height: layers > 20 ? 14 : 22,
  };
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
    rowLabels: new Map(
      [...spacedLabels(layers, size.height, 13)].map(([layer, text]) => [layers - 1 - layer, text]),
    ),
    columnLabels: spacedLabels(heads, size.width, 20),
  });
  const label = `${name} of ${rows.length} heads; strongest: ${
    strongestInWords(rows, value, (row) => describe(row, value))
  }.`;
  const note = rows.some(leavesOutZero) ? "Framed: the interval leaves out zero." : undefined;
  const special = effects.some(Number.isNaN) ? [NaN] : [];
  return figure([[rampLegend(scale, name, { special })], [part]], label, {
    title,
    caption: [caption, note].filter(Boolean).join(" "),
  });
}

function describe(row: Row, value: string): string {
  return `layer ${row.layer} head ${row.head}: ${valueInWords(row, value)}`;
}
