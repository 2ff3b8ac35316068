import { z } from "zod";
import { anything, checkOptions } from "../base/options.ts";
import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart, spacedLabels } from "./parts/grid.ts";
import { leavesOutZero, strongestInWords, valueInWords } from "./parts/interval.ts";
import { rampLegend } from "./parts/legend.ts";
import { numberIn, optionalNumber, type Row, rowsOf, type Table } from "../table/plain_rows.ts";
import { shorten, textWidth, visibleToken } from "./parts/text.ts";

/** What a {@link layerGrid} draws. */
export interface LayerGridOptions extends Captions {
  /** The column of the table that runs along the figure: positions, or names such as "Q", "K", "V". Default `position`. */
  column?: string;
  /** The name below the columns. */
  columnName?: string;
  /** What stands under the columns, by position: the text's tokens. */
  columnLabels?: readonly string[];
  /** The column that is drawn. Default `effect`. */
  value?: string;
  /** The name beside the colours, with its unit. */
  name?: string;
  /** The ends of the colours; the default fits the values. */
  domain?: readonly [number, number];
}

const optionsSchema = z.strictObject({
  column: anything,
  columnName: anything,
  columnLabels: anything,
  value: anything,
  name: anything,
  domain: anything,
  title: anything,
  caption: anything,
});

/**
 * A heat map of layers by anything, layers going up: activation patching by position, or how much the weights of each component
 * changed. Blue below zero and orange above where signs differ.
 *
 * The table has a column `layer`, the one that runs along (numbers stand in order, names as they come), and the value; `low`,
 * `high` and `n` are told under the pointer, and cells whose interval leaves out zero are framed.
 *
 * @throws CircuitbookError when a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const effects = [{ layer: 0, position: 0, effect: 0.1 }, { layer: 1, position: 0, effect: -0.9 }];
 * assert(plot.layerGrid(effects, { columnLabels: [" ("] }).label.includes("layer 1, ·(: −0.9"));
 * ```
 */
export function layerGrid(table: Table, options: LayerGridOptions = {}): Figure {
  checkOptions(options, optionsSchema, "layerGrid");
  const {
    column = "position",
    columnName = column,
    columnLabels,
    value = "effect",
    name = value,
    ...rest
  } = options;
  const { domain, ...captions } = rest;
  const rows = rowsOf(table, ["layer", column, value]);
  const layers = [...new Set(rows.map((row) => numberIn(row, "layer")))].sort((a, b) => b - a);
  const columns = placesOf(rows, column);
  const cells = new Map(rows.map((row) => [`${row.layer},${row[column]}`, row]));
  const at = (row: number, index: number) => cells.get(`${layers[row]},${columns[index]}`);
  const label = (place: Place) => visibleToken(columnLabels?.[Number(place)] ?? String(place));
  const values = rows.map((row) => optionalNumber(row, value) ?? NaN);
  const scale = colourScale(values, { domain });
  const describe = (row: Row) =>
    `layer ${row.layer}, ${label(row[column] as Place)}: ${valueInWords(row, value)}`;
  const cell = cellSize(layers.length, columns.length);
  const part = gridPart({
    rows: layers.length,
    columns: columns.length,
    scale,
    cell,
    value: (row, index) => at(row, index) && (optionalNumber(at(row, index)!, value) ?? NaN),
    title: (row, index) => describe(at(row, index)!),
    framed: (row, index) => leavesOutZero(at(row, index)!),
    rowName: "layer",
    columnName,
    rowLabels: spacedLayers(layers, cell.height),
    columnLabels: labelsOf(
      columns,
      cell.width,
      (place) => shorten(label(place), 10),
      columnLabels !== undefined,
    ),
  });
  const strongest = strongestInWords(rows, value, describe);
  const note = rows.some(leavesOutZero) ? "Framed: the interval leaves out zero." : undefined;
  const special = values.some(Number.isNaN) ? [NaN] : [];
  return figure(
    [[rampLegend(scale, name, { special })], [part]],
    `${name} of ${layers.length} layers by ${columns.length} of ${columnName}; strongest: ${strongest}.`,
    { ...captions, caption: [captions.caption, note].filter(Boolean).join(" ") },
  );
}

type Place = number | string;

/** Numbers in order, names as they come. */
function placesOf(rows: readonly Row[], column: string): Place[] {
  const places = [
    ...new Set(
      rows.map((row) => typeof row[column] === "string" ? row[column] : numberIn(row, column)),
    ),
  ];
  return places.every((place) => typeof place === "number") ? places.sort((a, b) => a - b) : places;
}

function cellSize(rows: number, columns: number): { width: number; height: number } {
  return {
    width: Math.min(46, Math.max(columns > 160 ? 3 : 5, Math.floor(720 / columns))),
    height: rows > 40 ? 8 : rows > 20 ? 14 : 22,
  };
}

/** Every layer's label where there is room, counted from the lowest. */
function spacedLayers(layers: readonly number[], height: number): Map<number, string> {
  const fromBelow = spacedLabels(
    layers.length,
    height,
    13,
    (i) => String(layers[layers.length - 1 - i]),
  );
  return new Map([...fromBelow].map(([i, text]) => [layers.length - 1 - i, text]));
}

/** Names stand under every column where they fit upright; numbers as far apart as their width needs. */
function labelsOf(
  columns: readonly Place[],
  width: number,
  label: (place: Place) => string,
  tokens: boolean,
): Map<number, string> {
  const named = tokens || typeof columns[0] === "string";
  const gap = named ? 13 : 8 + Math.max(...columns.map((place) => textWidth(label(place), 11)));
  return spacedLabels(columns.length, width, gap, (i) => label(columns[i]));
}
