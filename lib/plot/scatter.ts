import * as Plot from "@observablehq/plot";
import { z } from "zod";
import { anything, checkOptions } from "../base/options.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, plotPart } from "./parts/figure.ts";
import { colourOf, plotSymbol, seriesLegend, type SeriesLook } from "./parts/legend.ts";
import { numberIn, type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { formatNumber, shorten, textWidth, visibleToken } from "./parts/text.ts";
import { meanOf } from "../base/mean.ts";

const WIDTH = 560;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 20;
const TOP = 12;
const BOTTOM = 44;

/** Options of {@link scatter}. */
export interface ScatterOptions extends Captions {
  /** The column along the horizontal axis. */
  x: string;
  /** The column along the vertical axis. */
  y: string;
  /** The column with a name for each point, shown on hover and beside the most extreme points. */
  label?: string;
  /** The column with the series of each point; each series has its own colour and symbol. */
  series?: string;
  /** The label of the horizontal axis, with its unit. Default: the name of the column. */
  xName?: string;
  /** The label of the vertical axis, with its unit. Default: the name of the column. */
  yName?: string;
  /** Whether to draw the line x = y, with both axes on one scale. */
  diagonal?: boolean;
  /** How many points are named in the figure. Default 8. */
  named?: number;
}

const optionsSchema = z.strictObject({
  x: z.string("to be the name of a column"),
  y: z.string("to be the name of a column"),
  label: anything,
  series: anything,
  xName: anything,
  yName: anything,
  diagonal: anything,
  named: anything,
  title: anything,
  caption: anything,
});

interface Dot {
  x: number;
  y: number;
  name: string;
  look: SeriesLook;
}

/**
 * Returns a scatter plot of two columns of a table, such as two scores of the same heads. The
 * points farthest from the centre are named.
 *
 * @param table a table with two columns of numbers. Rows in which either number is missing or not
 * finite are left out and counted in the caption.
 * @param options which columns are drawn, names, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing or an option is unknown.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const heads = [{ head: "L1H3", base: 0.2, r1: 0.9 }, { head: "L0H0", base: 0.1, r1: 0.1 }];
 * assert(
 *   plot.scatter(heads, { x: "base", y: "r1", label: "head", diagonal: true }).svg.includes(
 *     "L1H3",
 *   ),
 * );
 * ```
 */
export function scatter(table: Table, options: ScatterOptions): Figure {
  checkOptions(options, optionsSchema, "scatter");
  const { x, y, label, series, xName = x, yName = y, diagonal = false, named = 8, ...captions } =
    options;
  const rows = rowsWith(table, [x, y, ...label ? [label] : [], ...series ? [series] : []]);
  const names = series ? [...new Set(rows.map((row) => String(row[series])))] : [""];
  const looks = names.map((name, index) => ({ name, index }));
  const isKnown = (row: Row) => [x, y].every((column) => Number.isFinite(row[column] ?? NaN));
  const dots = rows.filter(isKnown).map((row): Dot => ({
    x: numberIn(row, x),
    y: numberIn(row, y),
    name: label ? visibleToken(String(row[label])) : "",
    look: looks[series ? names.indexOf(String(row[series])) : 0],
  }));
  const xs = extent(dots.map((dot) => dot.x));
  const ys = extent(dots.map((dot) => dot.y));
  const both = extent([...xs, ...ys]);
  const domains = diagonal ? { x: both, y: both } : { x: xs, y: ys };
  const far = extremes(dots, domains, named);
  const part = drawn(dots, label ? far : [], { domains, diagonal, xName, yName });
  const legend = series ? [[seriesLegend(looks, WIDTH, { points: true })]] : [];
  const told = far.slice(0, 3).map((dot) => inWords(dot, xName, yName)).join("; ");
  const left = rows.length - dots.length;
  const note = left
    ? `${formatNumber(left)} of ${formatNumber(rows.length)} rows without both numbers.`
    : "";
  return figure(
    [...legend, [part]],
    `${yName} against ${xName} of ${dots.length} points; farthest out: ${told}.`,
    {
      ...captions,
      caption: [captions.caption, note].filter(Boolean).join(" "),
    },
  );
}

interface Domains {
  x: readonly [number, number];
  y: readonly [number, number];
}

function drawn(
  dots: readonly Dot[],
  named: readonly Dot[],
  { domains, diagonal, xName, yName }: {
    domains: Domains;
    diagonal: boolean;
    xName: string;
    yName: string;
  },
) {
  const place = { x: "x", y: "y" };
  const axis = { labelAnchor: "center", labelArrow: "none" } as const;
  const right = ({ x }: Dot) => share(x, domains.x) > 0.8;
  const label = (anchor: "start" | "end", those: readonly Dot[]) =>
    Plot.text(those, {
      ...place,
      text: (dot: Dot) => shorten(dot.name, 16),
      textAnchor: anchor,
      dx: anchor === "start" ? 7 : -7,
      fontSize: 11,
    });
  return plotPart({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { ...axis, label: xName, domain: domains.x, ticks: 6, labelOffset: 38, inset: 8 },
    y: { ...axis, label: yName, domain: domains.y, ticks: 6, labelOffset: 54, inset: 8 },
    marks: [
      Plot.gridX({ strokeOpacity: 0.12, ticks: 6 }),
      Plot.gridY({ strokeOpacity: 0.12, ticks: 6 }),
      diagonal ? Plot.line([0, 1].map((end) => [domains.x[end], domains.x[end]]), DIAGONAL) : null,
      [...Map.groupBy(dots, ({ look }) => look)].map(([look, own]) =>
        Plot.dot(own, {
          ...place,
          fill: colourOf(look),
          fillOpacity: 0.75,
          r: 3.2,
          symbol: plotSymbol(look),
          title: (dot: Dot) => inWords(dot, xName, yName),
        })
      ),
      label("start", named.filter((dot) => !right(dot))),
      label("end", named.filter(right)),
    ],
  });
}

const DIAGONAL = { stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "1,3" };

/**
 * At most `most` of the points farthest from the mean point, whose names do not cover one another.
 */
function extremes(dots: readonly Dot[], domains: Domains, most: number): Dot[] {
  const middle = (axis: "x" | "y") => meanOf(dots.map((dot) => dot[axis]));
  const [x0, y0] = [middle("x"), middle("y")];
  const out = ({ x, y }: Dot) =>
    share(x - x0, domains.x, 0) ** 2 + share(y - y0, domains.y, 0) ** 2;
  const kept: Dot[] = [];
  for (const dot of [...dots].sort((a, b) => out(b) - out(a))) {
    if (kept.length >= most) break;
    if (!kept.some((other) => overlaps(dot, other, domains))) kept.push(dot);
  }
  return kept;
}

function overlaps(a: Dot, b: Dot, domains: Domains): boolean {
  const across = Math.abs(share(a.x - b.x, domains.x, 0)) * (WIDTH - LEFT - RIGHT);
  const up = Math.abs(share(a.y - b.y, domains.y, 0)) * (HEIGHT - TOP - BOTTOM);
  return up < 13 && across < 12 + Math.max(textWidth(a.name, 11), textWidth(b.name, 11));
}

function share(value: number, [low, high]: readonly [number, number], from = low): number {
  return (value - from) / (high - low);
}

/** The smallest and the largest value, or half a unit around a single value. */
function extent(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (!(low <= high)) return [0, 1];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function inWords({ x, y, name, look }: Dot, xName: string, yName: string): string {
  const who = [name, look.name].filter(Boolean).join(", ");
  return `${who ? `${who}: ` : ""}${xName} ${formatNumber(x)}, ${yName} ${formatNumber(y)}`;
}
