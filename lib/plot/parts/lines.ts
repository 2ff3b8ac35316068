import * as Plot from "@observablehq/plot";
import type { Captions } from "./drawing.ts";
import { type Figure, figure, type Part, plotPart } from "./figure.ts";
import { colourOf, dashOf, plotSymbol, seriesLegend, type SeriesLook } from "./legend.ts";
import {
  isTable,
  namedTables,
  numberIn,
  optionalNumber,
  type Row,
  rowsWith,
  type Table,
} from "../../table/plain_rows.ts";
import { formatNumber, formatTick } from "./text.ts";

const WIDTH = 640;
const HEIGHT = 300;

/** How many pixels lie between series that are drawn apart. */
const GAP = 6;

/**
 * A point of a series, with the ends of its interval and the sample size where the table has them.
 */
export interface Point {
  x: number;
  y: number;
  low?: number;
  high?: number;
  n?: number;
}

/** A series: its name, its look, and its points in the order of x. */
export interface Series extends SeriesLook {
  points: readonly Point[];
}

/**
 * Returns one series for each of several tables, or for each value of the column `series` of one
 * table.
 */
export function seriesOf(
  tables: Table | Readonly<Record<string, Table>>,
  { x, y, control = false }: { x: string; y: string; control?: boolean },
): Series[] {
  const named = isTable(tables) ? split(rowsWith(tables, [x, y]), y) : namedTables(tables);
  return named.map(([name, table], index) => {
    const points = rowsWith(table, [x, y]).map((row) => ({
      x: numberIn(row, x),
      y: optionalNumber(row, y) ?? NaN,
      low: optionalNumber(row, "low"),
      high: optionalNumber(row, "high"),
      n: optionalNumber(row, "n"),
    }));
    return { name, index, control, points: points.sort((a, b) => a.x - b.x) };
  });
}

/**
 * Returns a figure of lines with their intervals as ribbons; `reference` draws a horizontal line,
 * such as chance. With `apart`, the series are drawn side by side at each x, and intervals are
 * vertical lines.
 */
export function lines(
  series: readonly Series[],
  { xName, yName, yDomain, xTicks, reference, apart = false, label, ...captions }: Captions & {
    xName: string;
    yName: string;
    yDomain: readonly [number, number];
    xTicks?: readonly number[];
    reference?: { y: number; name: string };
    apart?: boolean;
    label: string;
  },
): Figure {
  const controls = series.filter((one) => one.control);
  const others = series.filter((one) => !one.control);
  // Side by side, the series have the order of the legend.
  const moved = (one: Series) => GAP * (series.indexOf(one) - (series.length - 1) / 2);
  const marks = [...controls, ...others].map((one) =>
    apart ? marksApart(one, moved(one)) : ribbonMarks(one)
  );
  const [level, levelName] = reference ? referenceMarks(reference) : [];
  const wider = 7 * Math.max(0, tickLength(yDomain) - 4);
  const part = plotPart({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 60 + wider,
    marginBottom: 42,
    marginTop: 10,
    marginRight: 16,
    x: {
      label: xName,
      labelAnchor: "center",
      labelArrow: "none",
      ticks: xTicks,
      tickFormat: formatTick,
      labelOffset: 38,
      inset: apart ? 6 + GAP * series.length / 2 : 6,
    },
    y: {
      label: yName,
      labelAnchor: "center",
      labelArrow: "none",
      domain: yDomain,
      ticks: 6,
      labelOffset: 50 + wider,
    },
    marks: [
      Plot.gridY({ strokeOpacity: 0.12, ticks: 6 }),
      level,
      marks,
      levelName,
    ],
  });
  const parts: Part[][] = series.length > 1 ? [[seriesLegend(series, WIDTH)], [part]] : [[part]];
  return figure(parts, label, captions);
}

/** Returns the line of a reference, drawn behind the series, and its name, drawn on top of them. */
function referenceMarks(
  { y, name }: { y: number; name: string },
): [line: Plot.Markish, name: Plot.Markish] {
  return [
    Plot.ruleY([y], { stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "1,3" }),
    Plot.text([name], {
      y: () => y,
      frameAnchor: "right",
      text: (text: string) => text,
      dy: 9,
      fontSize: 11,
      fillOpacity: 0.75,
    }),
  ];
}

/** The most characters of the labels of six ticks: 4 for "0.25", 6 for "−0.005". */
function tickLength([low, high]: readonly [number, number]): number {
  const decimals = Math.max(0, -Math.floor(Math.log10((high - low) / 6 || 1)));
  return Math.max(...[low, high].map((end) => end.toFixed(decimals).length));
}

/** Returns the different x of all series as ticks, thinned to at most `most`. */
export function ticksOf(series: readonly Series[], most = 16): number[] {
  const all = new Set(series.flatMap(({ points }) => points.map(({ x }) => x)));
  const step = Math.ceil(all.size / most);
  return [...all].sort((a, b) => a - b).filter((_, i) => i % step === 0);
}

/**
 * Returns a series in words, for the label of its figure: "from 0.52 at layer 0 to 0.93 at layer 7
 * (highest 0.95 at layer 6)".
 */
export function inWords({ points }: Series, xName: string): string {
  const known = points.filter(({ y }) => Number.isFinite(y));
  if (known.length === 0) return "without a value";
  const highest = known.reduce((best, point) => point.y > best.y ? point : best);
  const at = ({ x, y }: Point) => `${formatNumber(y)} at ${xName} ${formatNumber(x)}`;
  return `from ${at(known[0])} to ${at(known[known.length - 1])} (highest ${at(highest)})`;
}

function split(rows: readonly Row[], fallback: string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = String(row.series ?? fallback);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups];
}

/** Returns a line with its points, over a ribbon of the intervals. */
function ribbonMarks(series: Series): Plot.Markish {
  return [
    Plot.areaY(withInterval(series), {
      x: "x",
      y1: "low",
      y2: "high",
      fill: colourOf(series),
      fillOpacity: series.control ? 0.12 : 0.18,
    }),
    ...lineMarks(series, { strokeWidth: 2 }),
  ];
}

/**
 * Returns a line with its points and their intervals. All are moved by `dx` pixels, to the right if
 * `dx` is positive.
 */
function marksApart(series: Series, dx: number): Plot.Markish {
  return [
    Plot.ruleX(withInterval(series), {
      x: "x",
      y1: "low",
      y2: "high",
      dx,
      stroke: colourOf(series),
      strokeOpacity: 0.6,
      strokeWidth: 2,
    }),
    ...lineMarks(series, { strokeWidth: 1, dx }),
  ];
}

/** Returns the points that have an interval. */
function withInterval({ points }: Series): Point[] {
  return points.filter(({ low, high }) => low !== undefined && high !== undefined);
}

/** Returns a line with its points, moved by `dx` pixels. */
function lineMarks(
  series: Series,
  { strokeWidth, dx = 0 }: { strokeWidth: number; dx?: number },
): Plot.Markish[] {
  const place = { x: "x", y: "y", dx };
  return [
    Plot.lineY(series.points, {
      ...place,
      stroke: colourOf(series),
      strokeWidth,
      strokeDasharray: dashOf(series),
    }),
    Plot.dot(series.points, {
      ...place,
      fill: colourOf(series),
      r: series.control ? 1.8 : 3.5,
      symbol: series.control ? "circle" : plotSymbol(series),
      title: (point: Point) => describe(series.name, point),
    }),
  ];
}

function describe(name: string, { x, y, low, high, n }: Point): string {
  const interval = low === undefined || high === undefined
    ? ""
    : ` (${formatNumber(low)} to ${formatNumber(high)})`;
  return `${name}, ${formatNumber(x)}: ${formatNumber(y)}${interval}${
    n === undefined ? "" : `, n ${formatNumber(n)}`
  }`;
}
