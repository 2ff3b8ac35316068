import { completedCharacters } from "./parts/completed.ts";
import { z } from "zod";
import { anything, checkOptions } from "../base/options.ts";
import { type ColourScale, colourScale } from "./parts/colour.ts";
import { comparedMaps, type Scales } from "./parts/compared.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
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
import { shorten, textWidth, visibleToken } from "./parts/text.ts";
import { distinct } from "../base/lists.ts";

/** Options of {@link layerGrid}. */
export interface LayerGridOptions extends Captions {
  /**
   * The column of the table along the horizontal axis: positions, or names such as "Q". Default
   * `position`.
   */
  column?: string;
  /** The label of the horizontal axis. Default: the name of the column. */
  columnName?: string;
  /**
   * A label for each position, such as the tokens of the text. Default: the positions themselves.
   */
  columnLabels?: readonly string[];
  /** The column that is drawn. Default `effect`. */
  value?: string;
  /** The label of the colours, with its unit. Default: the name of the column. */
  name?: string;
  /** The values at the ends of the colours. Default: fits the values. */
  domain?: readonly [number, number];
  /**
   * Whether several maps have one colour scale, so that they can be compared, or each its own.
   * Default "shared".
   */
  scales?: Scales;
}

const optionsSchema = z.strictObject({
  column: anything,
  columnName: anything,
  columnLabels: z.array(z.string(), "to be a list of texts").optional(),
  value: anything,
  name: anything,
  domain: anything,
  scales: anything,
  title: anything,
  caption: anything,
});

/**
 * Returns a heat map of layers by another column, the first layer at the bottom: activation
 * patching by position, say, or how much each kind of weight changed. Values of both signs are blue
 * below zero and orange above.
 *
 * @param tables a table with the column `layer`, the column of the horizontal axis (numbers are
 * sorted, names keep their order), the value and, where known, `low` and `high` (cells are framed
 * whose interval excludes zero and whose value is at least a quarter of the strongest) and `n`.
 * Value, interval and `n` are shown on hover. Several tables by name are maps beside each other.
 * @param options which columns are drawn, labels, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing or an option is unknown.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const effects = [{ layer: 0, position: 0, effect: 0.1 }, {
 *   layer: 1,
 *   position: 0,
 *   effect: -0.9,
 * }];
 * assert(plot.layerGrid(effects, { columnLabels: [" ("] }).label.includes("layer 1, ·(: −0.9"));
 * ```
 */
export function layerGrid(
  tables: Table | Readonly<Record<string, Table>>,
  options: LayerGridOptions = {},
): Figure {
  checkOptions(options, optionsSchema, "layerGrid");
  const { column = "position", columnLabels, value = "effect", scales = "shared" } = options;
  const { columnName = column, name = value, domain, title, caption } = options;
  const labels = columnLabels && completedCharacters(columnLabels);
  const words = {
    column,
    columnName,
    value,
    name,
    keepsLabels: columnLabels !== undefined,
    label: (key: ColumnKey) => visibleToken(labels?.[Number(key)] ?? String(key)),
  };
  const maps = namedTables(tables).map(([heading, table]) => mapOf(heading, table, words));
  const parts = comparedMaps(
    maps,
    scales,
    (values) => colourScale(values, { domain }),
    (scale, values) =>
      rampLegend(scale, name, { special: Array.from(values).some(Number.isNaN) ? [NaN] : [] }),
  );
  const note = maps.some(({ rows }) => rows.some(excludesZero)) ? FRAMES_IN_WORDS : undefined;
  return figure(parts, maps.map(({ words }) => words).join(" "), {
    title,
    caption: [caption, note].filter(Boolean).join(" "),
  });
}

/** The columns that all maps of a figure draw, and the names of the columns. */
interface MapWords {
  /** The horizontal column. */
  readonly column: string;
  /** The name of the horizontal axis. */
  readonly columnName: string;
  /** The column whose values are colours. */
  readonly value: string;
  /** The label of the values. */
  readonly name: string;
  /** Whether all columns of the grid have labels of their own. */
  readonly keepsLabels: boolean;
  /** Returns the label of a column of the grid. */
  label(key: ColumnKey): string;
}

/** Returns one map of the figure: rows, values, a function that draws it on a scale, and words. */
function mapOf(
  heading: string,
  table: Table,
  { column, columnName, value, name, keepsLabels, label }: MapWords,
) {
  const rows = rowsWith(table, ["layer", column, value]);
  const values = rows.map((row) => optionalNumber(row, value) ?? NaN);
  const layers = distinct(rows.map((row) => numberIn(row, "layer"))).reverse();
  const columns = columnsOf(rows, column);
  const cells = new Map(rows.map((row) => [`${row.layer},${row[column]}`, row]));
  const at = (row: number, index: number) => cells.get(`${layers[row]},${columns[index]}`);
  const cell = cellSize(layers.length, columns.length);
  const describe = (row: Row) =>
    `layer ${row.layer}, ${label(row[column] as ColumnKey)}: ${valueInWords(row, value)}`;
  const draw = (scale: ColourScale) =>
    gridPart({
      rows: layers.length,
      columns: columns.length,
      scale,
      cell,
      heading: heading || undefined,
      value: (row, index) => at(row, index) && (optionalNumber(at(row, index)!, value) ?? NaN),
      title: (row, index) => describe(at(row, index)!),
      framed: (row, index) => isFramed(at(row, index)!, value, scale),
      rowName: "layer",
      columnName,
      rowLabels: spacedLayers(layers, cell.height),
      columnLabels: labelsOf(columns, cell.width, (key) => shorten(label(key), 10), keepsLabels),
    });
  const strongest = strongestInWords(rows, value, describe);
  const words = `${
    heading && `${heading}: `
  }${name} of ${layers.length} layers by ${columns.length} of ${columnName}; strongest: ${strongest}.`;
  return { rows, values, draw, words };
}

/** What a column of the grid stands for: a position or a name. */
type ColumnKey = number | string;

/** The different values of the horizontal column: numbers sorted, names in their order. */
function columnsOf(rows: readonly Row[], column: string): ColumnKey[] {
  const keys = [
    ...new Set(
      rows.map((row) => typeof row[column] === "string" ? row[column] : numberIn(row, column)),
    ),
  ];
  return keys.every((key) => typeof key === "number") ? keys.sort((a, b) => a - b) : keys;
}

function cellSize(rows: number, columns: number): { width: number; height: number } {
  return {
    width: Math.min(46, Math.max(columns > 160 ? 3 : 5, Math.floor(720 / columns))),
    height: rows > 40 ? 8 : rows > 20 ? 14 : 22,
  };
}

/** The labels of the layers, as many as there is room for, from the bottom up. */
function spacedLayers(layers: readonly number[], height: number): Map<number, string> {
  const fromBelow = spacedLabels(
    layers.length,
    height,
    13,
    (i) => String(layers[layers.length - 1 - i]),
  );
  return new Map([...fromBelow].map(([i, text]) => [layers.length - 1 - i, text]));
}

/** Labels of columns: upright names need 13 pixels each, numbers as much as their width. */
function labelsOf(
  columns: readonly ColumnKey[],
  width: number,
  label: (key: ColumnKey) => string,
  tokens: boolean,
): Map<number, string> {
  const named = tokens || typeof columns[0] === "string";
  const gap = named ? 13 : 8 + Math.max(...columns.map((key) => textWidth(label(key), 11)));
  return spacedLabels(columns.length, width, gap, (i) => label(columns[i]));
}
