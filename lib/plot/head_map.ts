import { checkArguments, is } from "../base/arguments.ts";
import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart, spacedLabels } from "./parts/grid.ts";
import { excludesZero, strongestInWords, valueInWords } from "./parts/interval.ts";
import { rampLegend } from "./parts/legend.ts";
import { numberIn, optionalNumber, type Row, rowsWith, type Table } from "../table/plain_rows.ts";

/** Options of {@link headMap}. */
export interface HeadMapOptions extends Captions {
  /** The column that is drawn. Default `effect`. */
  readonly value?: string;
  /** The label of the colours, with its unit. Default: the name of the column. */
  readonly name?: string;
}

/**
 * Returns a map of all heads, the first layer at the bottom: the effect of each head as colour, blue below
 * zero and orange above.
 *
 * @param table a table with the columns `layer`, `head` and `effect` and, where known, `low` and `high` (heads
 * whose interval excludes zero are framed) and `n`. Value, interval and `n` are shown on hover.
 * @param options which column is drawn, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing.
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
export function headMap(table: Table, options: HeadMapOptions = {}): Figure {
  checkArguments("headMap", { options: [options, is.object] });

  const { value = "effect", name = value, title, caption } = options;
  const rows = rowsWith(table, ["layer", "head", value]);
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
    framed: (row, head) => excludesZero(at(row, head)!),
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
  const note = rows.some(excludesZero) ? "Framed: the interval excludes zero." : undefined;
  const special = effects.some(Number.isNaN) ? [NaN] : [];
  return figure([[rampLegend(scale, name, { special })], [part]], label, {
    title,
    caption: [caption, note].filter(Boolean).join(" "),
  });
}

function describe(row: Row, value: string): string {
  return `layer ${row.layer} head ${row.head}: ${valueInWords(row, value)}`;
}
