import * as Plot from "@observablehq/plot";
import { type ColourScale, inkOn } from "./colour.ts";
import { type Part, plotPart, svg } from "./figure.ts";
import { pngUrl } from "./png.ts";
import { formatNumber, textWidth } from "./text.ts";

/**
 * In a figure of at most this many cells each cell is a rectangle with its title; larger grids are
 * images.
 */
const MOST_RECTANGLES = 1000;

/** Characters of titles that an image brings along at most. */
const MOST_TITLES = 400_000;

/** Cells of an image that has texts in it. */
const MOST_TEXTS = 4000;

/** Stands between titles; no token is likely to hold this sign. */
const BETWEEN = "␞";

/** A grid of values: what heat maps, attention patterns, lenses and head maps have in common. */
export interface Grid {
  rows: number;
  columns: number;
  /** Returns the value of a cell; `undefined` leaves the cell blank. Row 0 is at the top. */
  value(row: number, column: number): number | undefined;
  scale: ColourScale;
  /** The size of a cell in pixels. */
  cell: { width: number; height: number };
  /** Returns the words that a cell shows on hover. */
  title?(row: number, column: number): string;
  /**
   * The names of rows and columns. An image says them under the pointer, with the value that the
   * colour of the cell stands for, so that it need not bring a title for each cell.
   */
  words?: { row(row: number): string; column(column: number): string };
  /** Returns the text in a cell. */
  text?(row: number, column: number): string;
  /** Returns whether a cell has a frame. */
  framed?(row: number, column: number): boolean;
  /** How many cells the whole figure has, if the grid is one of several. */
  cellsInAll?: number;
  /** The heading above the grid. */
  heading?: string;
  /** The label of the vertical axis. */
  rowName?: string;
  /** The label of the horizontal axis. */
  columnName?: string;
  /** The labels of rows by index; a row that is not in the map has no label. */
  rowLabels: ReadonlyMap<number, string>;
  /** The labels of columns by index. */
  columnLabels: ReadonlyMap<number, string>;
}

interface Cell {
  x: number;
  y: number;
  value: number | undefined;
}

/** Returns a grid with its axes as part of a figure. */
export function gridPart(grid: Grid): Part {
  const { rows, columns, cell, rowLabels, columnLabels, heading, rowName, columnName } = grid;
  const widest = (labels: ReadonlyMap<number, string>) =>
    Math.max(0, ...[...labels.values()].map((label) => textWidth(label, 11)));
  const turned = isCrowded(columnLabels, cell.width);
  const lastOverhang = turned
    ? 0
    : textWidth(columnLabels.get(columns - 1) ?? "", 11) / 2 - cell.width / 2;
  const margins = {
    marginLeft: Math.ceil(widest(rowLabels)) + 10 + (rowName ? 20 : 0),
    marginRight: Math.max(2, Math.ceil(lastOverhang)),
    marginTop: heading ? 20 : 2,
    marginBottom: (turned ? Math.ceil(widest(columnLabels)) + 8 : columnLabels.size ? 20 : 4) +
      (columnName ? 20 : 0),
  };
  return plotPart({
    ...margins,
    width: Math.max(columns * cell.width, heading ? textWidth(heading) : 0) + margins.marginLeft +
      margins.marginRight,
    height: rows * cell.height + margins.marginTop + margins.marginBottom,
    x: band(columns, margins.marginLeft, columns * cell.width),
    y: band(rows, margins.marginTop, rows * cell.height),
    color: { type: "identity" },
    marks: [
      axis("x", columnLabels, columnName, margins.marginBottom, turned),
      axis("y", rowLabels, rowName, margins.marginLeft),
      (grid.cellsInAll ?? rows * columns) <= MOST_RECTANGLES ? rectangles(grid) : picture(grid),
      outline(grid, margins),
      heading ? headline(heading, margins.marginLeft) : null,
    ],
  });
}

/**
 * Returns labels for every n-th of `count` rows or columns, by index. `n` is a round number such
 * that labels stand at least `gap` pixels apart.
 */
export function spacedLabels(
  count: number,
  size: number,
  gap: number,
  label: (index: number) => string = String,
): Map<number, string> {
  const nice = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1000];
  const step = nice.find((n) => n * size >= gap) ?? Math.ceil(gap / size);
  const labels = new Map<number, string>();
  for (let i = 0; i < count; i += step) labels.set(i, label(i));
  return labels;
}

function band(count: number, start: number, length: number): Plot.ScaleOptions {
  return {
    type: "band",
    domain: Array.from({ length: count }, (_, i) => i),
    padding: 0,
    round: false,
    range: [start, start + length],
  };
}

/**
 * Whether some label is wider than the distance to the next one, so that labels have to be turned.
 */
function isCrowded(labels: ReadonlyMap<number, string>, cellWidth: number): boolean {
  const entries = [...labels];
  return entries.some(([index, label], i) => {
    const room = i + 1 < entries.length ? (entries[i + 1][0] - index) * cellWidth : Infinity;
    return textWidth(label, 11) + 4 > room;
  });
}

function axis(
  kind: "x" | "y",
  labels: ReadonlyMap<number, string>,
  name: string | undefined,
  margin: number,
  turned = false,
) {
  const options: Plot.AxisOptions = {
    ticks: [...labels.keys()],
    tickFormat: (index: number) => labels.get(index) ?? "",
    tickSize: 0,
    tickPadding: 4,
    fontSize: 11,
    label: name ?? null,
    labelAnchor: "center",
    labelArrow: "none",
    labelOffset: margin - (kind === "x" ? 6 : 2),
  };
  if (kind === "y") return Plot.axisY(options);
  return Plot.axisX(turned ? { ...options, tickRotate: -90 } : options);
}

function rectangles(grid: Grid): Plot.Markish {
  const drawn = drawnCells(grid);
  const { scale, title } = grid;
  const position = { x: "x", y: "y" };
  const notFinite = (cell: Cell) =>
    Number.isFinite(cell.value) ? "" : Number.isNaN(cell.value) ? "×" : formatNumber(cell.value!);
  return [
    Plot.cell(drawn, {
      ...position,
      fill: (cell: Cell) => scale.css(cell.value),
      title: title ? (cell: Cell) => title(cell.y, cell.x) : undefined,
      inset: grid.cell.width >= 20 && grid.cell.height >= 14 ? 0.5 : 0,
      className: "cb-cells",
    }),
    cellTexts(grid, drawn),
    Plot.text(drawn.filter(notFinite), {
      ...position,
      text: notFinite,
      fill: (cell: Cell) => cell.value === -Infinity ? "currentColor" : "#fff",
      fontSize: Math.min(11, grid.cell.width * 0.7, grid.cell.height * 0.7),
      pointerEvents: "none",
    }),
    frames(grid, drawn),
  ];
}

/** Returns the cells that are not blank. */
function drawnCells({ rows, columns, value }: Grid): Cell[] {
  const cells: Cell[] = [];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) cells.push({ x, y, value: value(y, x) });
  }
  return cells.filter((cell) => cell.value !== undefined);
}

function cellTexts({ scale, text }: Grid, drawn: readonly Cell[]): Plot.Markish {
  if (!text) return null;
  const ink = (cell: Cell) =>
    scale.kind !== "sequential" ? "currentColor" : inkOn(scale.palette[scale.tone(cell.value)]);
  return Plot.text(drawn, {
    x: "x",
    y: "y",
    text: (cell: Cell) => text(cell.y, cell.x),
    fill: ink,
    fontSize: 11,
    pointerEvents: "none",
  });
}

function frames({ framed }: Grid, drawn: readonly Cell[]): Plot.Markish {
  if (!framed) return null;
  return Plot.cell(drawn.filter((cell) => framed(cell.y, cell.x)), {
    x: "x",
    y: "y",
    fill: "none",
    stroke: "currentColor",
    strokeWidth: 1.3,
    inset: 1,
    pointerEvents: "none",
  });
}

/** An image of a large grid, with texts and frames where they are few enough. */
function picture(grid: Grid): Plot.Markish {
  const { rows, columns, text, framed } = grid;
  const isSmall = rows * columns <= MOST_TEXTS;
  const drawn = isSmall && (text || framed) ? drawnCells(grid) : [];
  return [
    image(grid),
    isSmall ? cellTexts(grid, drawn) : null,
    isSmall ? frames(grid, drawn) : null,
  ];
}

function image(grid: Grid): Plot.RenderFunction {
  const { rows, columns, value, scale, cell } = grid;
  const tones = Uint8Array.from(
    { length: rows * columns },
    (_, i) => scale.tone(value(Math.floor(i / columns), i % columns)),
  );
  const href = pngUrl(tones, columns, rows, scale.palette);
  return (_index, _scales, _values, { marginLeft, marginTop }) =>
    svg("image", {
      href,
      x: marginLeft,
      y: marginTop,
      width: columns * cell.width,
      height: rows * cell.height,
      preserveAspectRatio: "none",
      style: "image-rendering:pixelated",
      "data-rows": rows,
      "data-columns": columns,
      ...wordsOf(grid),
    }) as SVGElement;
}

/**
 * Returns what an image says under the pointer: names for rows and columns and the scale of the
 * colours, or a title for each cell.
 */
function wordsOf(grid: Grid): Record<string, string> {
  const { rows, columns, value, title, words, scale } = grid;
  if (words) {
    const names = (count: number, name: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => name(i)).join(BETWEEN);
    const [low, high] = scale.domain;
    const ends = [low, high, scale.tone(low), scale.tone(high), ...scale.extent];
    return {
      "data-row-names": names(rows, words.row),
      "data-column-names": names(columns, words.column),
      "data-scale": ends.join(" "),
    };
  }
  if (!title) return {};
  const titles = Array.from({ length: rows * columns }, (_, i) => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    return value(y, x) === undefined ? "" : title(y, x);
  }).join(BETWEEN);
  return titles.length > MOST_TITLES ? {} : { "data-cells": titles };
}

function outline(
  { rows, columns, cell }: Grid,
  { marginLeft, marginTop }: { marginLeft: number; marginTop: number },
): Plot.RenderFunction {
  return () =>
    svg("rect", {
      x: marginLeft,
      y: marginTop,
      width: columns * cell.width,
      height: rows * cell.height,
      fill: "none",
      stroke: "currentColor",
      "stroke-opacity": 0.25,
    }) as SVGElement;
}

function headline(text: string, x: number): Plot.RenderFunction {
  return () => svg("text", { x, y: 13, "text-anchor": "start" }, text) as SVGElement;
}
