import { checkArguments, is } from "../base/arguments.ts";
import { type ColourScale, colourScale } from "./parts/colour.ts";
import { comparedMaps, type Scales } from "./parts/compared.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, type Part } from "./parts/figure.ts";
import { gridPart, spacedLabels } from "./parts/grid.ts";
import {
  excludesZero,
  FRAMES_IN_WORDS,
  isFramed,
  strongestInWords,
  valueInWords,
} from "./parts/interval.ts";
import { rampLegend } from "./parts/legend.ts";
import {
  namedTables,
  numberIn,
  optionalNumber,
  type Row,
  rowsWith,
  type Table,
} from "../table/plain_rows.ts";

/** Options of {@link headMap}. */
export interface HeadMapOptions extends Captions {
  /** The column that is drawn. Default `effect`. */
  readonly value?: string;
  /** The label of the colours, with its unit. Default: the name of the column. */
  readonly name?: string;
  /**
   * Whether several maps have one colour scale, so that they can be compared, or each its own.
   * Default "shared".
   */
  readonly scales?: Scales;
}

/**
 * Returns a map of all heads, the first layer at the bottom: the effect of each head as colour,
 * blue below zero and orange above. Where no value is below zero, such as for attention, the
 * colours are shades of blue from zero up.
 *
 * @param tables a table with the columns `layer`, `head` and `effect` and, where known, `low` and
 * `high` (heads are framed whose interval excludes zero and whose value is at least a quarter of
 * the strongest) and `n`. Value, interval and `n` are shown on hover. Several tables by name are
 * maps beside each other.
 * @param options which column is drawn, whether several maps share their scale, and captions.
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
 * assert(plot.headMap({ before: heads, after: heads }).label.includes("after"));
 * ```
 */
export function headMap(
  tables: Table | Readonly<Record<string, Table>>,
  options: HeadMapOptions = {},
): Figure {
  checkArguments("headMap", { options: [options, is.object] });

  const { value = "effect", name = value, scales = "shared", title, caption } = options;
  const maps = namedTables(tables).map(([heading, table]) => {
    const rows = rowsWith(table, ["layer", "head", value]);
    const values = rows.map((row) => optionalNumber(row, value) ?? NaN);
    const draw = (scale: ColourScale) => headGrid(rows, value, scale, heading);
    const strongest = strongestInWords(rows, value, (row) => describe(row, value));
    const label = `${
      heading && `${heading}: `
    }${name} of ${rows.length} heads; strongest: ${strongest}.`;
    return { rows, values, draw, label };
  });
  const parts = comparedMaps(
    maps,
    scales,
    (values) =>
      colourScale(values, {
        colours: Array.from(values).some((value) => value < 0) ? "diverging" : "shade",
      }),
    (scale, values) =>
      rampLegend(scale, name, { special: Array.from(values).some(Number.isNaN) ? [NaN] : [] }),
  );
  const note = maps.some(({ rows }) => rows.some(excludesZero)) ? FRAMES_IN_WORDS : undefined;
  return figure(parts, maps.map(({ label }) => label).join(" "), {
    title,
    caption: [caption, note].filter(Boolean).join(" "),
  });
}

function headGrid(
  rows: readonly Row[],
  value: string,
  scale: ColourScale,
  heading: string,
): Part {
  const byHead = new Map(
    rows.map((row) => [`${numberIn(row, "layer")},${numberIn(row, "head")}`, row]),
  );
  const layers = 1 + Math.max(...rows.map((row) => numberIn(row, "layer")));
  const heads = 1 + Math.max(...rows.map((row) => numberIn(row, "head")));
  const at = (row: number, head: number) => byHead.get(`${layers - 1 - row},${head}`);
  const size = {
    width: Math.min(34, Math.max(14, Math.floor(600 / heads))),
    height: layers > 20 ? 14 : 22,
  };
  return gridPart({
    rows: layers,
    columns: heads,
    scale,
    cell: size,
    heading: heading || undefined,
    value: (row, head) => at(row, head) && (optionalNumber(at(row, head)!, value) ?? NaN),
    title: (row, head) => describe(at(row, head)!, value),
    framed: (row, head) => isFramed(at(row, head)!, value, scale),
    rowName: "layer",
    columnName: "head",
    rowLabels: new Map(
      [...spacedLabels(layers, size.height, 13)].map(([layer, text]) => [layers - 1 - layer, text]),
    ),
    columnLabels: spacedLabels(heads, size.width, 20),
  });
}

function describe(row: Row, value: string): string {
  return `layer ${row.layer} head ${row.head}: ${valueInWords(row, value)}`;
}
