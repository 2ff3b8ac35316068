import * as Plot from "@observablehq/plot";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, type Part, plotPart } from "./parts/figure.ts";
import { colourOf, seriesLegend, type SeriesLook } from "./parts/legend.ts";
import { numberIn, optionalNumber, type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { formatNumber, formatTick } from "./parts/text.ts";
import { meanOf } from "../base/mean.ts";

const WIDTH = 640;
const HEIGHT = 220;
/**
 * A curve with more points is drawn as means of neighbouring points, over a faint line of the
 * points.
 */
const MOST_POINTS = 160;

const LOSSES: CurvePanel = { columns: ["loss", "validation"], name: "loss (nats per token)" };

interface Point {
  x: number;
  y: number;
}

interface Curve extends SeriesLook {
  /** The values as measured. */
  points: Point[];
  /** The points of the main line: the values, or means of neighbours where there are many. */
  line: Point[];
  /** Whether the curve has values at fewer than half of the steps; it is then drawn with dots. */
  sparse: boolean;
}

/** Curves that share an axis. */
export interface CurvePanel {
  /** The columns of the table, one for each curve. */
  readonly columns: readonly string[];
  /** The label of the axis, with its unit. */
  readonly name: string;
}

/** Options of {@link lossCurve}. */
export interface LossCurveOptions extends Captions {
  /**
   * The panels of the figure, one below the other. Default: the columns `loss` and `validation`.
   */
  readonly panels?: readonly CurvePanel[];
  /** The column along the horizontal axis. Default `step`. */
  readonly x?: string;
  /** The last step of a run that is still going on. Default: the last step of the table. */
  readonly end?: number;
}

/**
 * Returns a figure of training curves. A curve with many steps is drawn as means of neighbouring
 * steps over a faint line of the steps themselves; a column that is measured now and then, such as
 * the validation loss, has dots.
 *
 * @param table a table with the column `step` and a column for each curve; an empty cell was not
 * measured.
 * @param options which columns are drawn, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing or holds something other than numbers.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const rows = [{ step: 1, loss: 6.1 }, { step: 2, loss: 5.2, validation: 5.4 }];
 * assert(plot.lossCurve(rows).label.includes("loss 5.20 at step 2"));
 * ```
 */
export function lossCurve(table: Table, options: LossCurveOptions = {}): Figure {
  checkArguments("lossCurve", { options: [options, is.object] });

  const { panels = [LOSSES], x = "step", end, title, caption } = options;
  const rows = rowsWith(table, [x]);
  const known = measured(rows);
  const drawn = panels.map((panel) => {
    const columns = panel.columns.filter((column) => known.has(column));
    if (!columns.length) {
      const nearest = nearestNames(panel.columns[0], known, 1);
      throw new CircuitbookError(
        `Expected a column "${panel.columns[0]}" but found ${
          [...known].join(", ")
        }; nearest: ${nearest}.`,
      );
    }
    const curves = columns.map((column, index) => {
      const points = rows.flatMap((row) => {
        const y = optionalNumber(row, column);
        return y === undefined ? [] : [{ x: numberIn(row, x), y }];
      });
      const sparse = points.length < rows.length / 2;
      return { name: column, index, points, sparse, line: sparse ? points : means(points) };
    });
    return { ...panel, curves };
  });
  const last = Math.max(end ?? 0, ...rows.map((row) => numberIn(row, x)));
  const parts = drawn.flatMap(({ name, curves }): Part[][] => [
    ...curves.length > 1 ? [[seriesLegend(curves, WIDTH)]] : [],
    [panelPart(curves, { yName: name, xName: x, last })],
  ]);
  const label = drawn.flatMap(({ curves }) => curves).map((curve) => inWords(curve, x)).join("; ");
  return figure(parts, `Training curves: ${label}.`, { title, caption });
}

function panelPart(
  curves: readonly Curve[],
  { xName, yName, last }: { xName: string; yName: string; last: number },
): Part {
  const highest = (of: (curve: Curve) => readonly Point[]) =>
    curves.flatMap((curve) => of(curve).map(({ y }) => y)).filter(Number.isFinite).reduce(
      (a, b) => Math.max(a, b),
      0,
    );
  const low = Math.min(
    0,
    ...curves.flatMap(({ line }) => line.map(({ y }) => y)).filter(Number.isFinite),
  );
  // A single step with a huge loss must not squeeze the rest of the curve.
  const high = Math.min(highest(({ points }) => points), 1.5 * highest(({ line }) => line));
  return plotPart({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 60,
    marginBottom: 42,
    marginTop: 10,
    marginRight: 16,
    x: {
      label: xName,
      labelAnchor: "center",
      labelArrow: "none",
      labelOffset: 38,
      domain: [0, last],
      ticks: 8,
      tickFormat: formatTick,
    },
    y: {
      label: yName,
      labelAnchor: "center",
      labelArrow: "none",
      labelOffset: 50,
      ticks: 5,
      clamp: true,
      domain: [low, high > low ? high : low + 1],
    },
    marks: [Plot.gridY({ strokeOpacity: 0.12, ticks: 5 }), curves.map(marksOf)],
  });
}

function marksOf(curve: Curve): Plot.Markish {
  const place = { x: "x", y: "y" };
  const stroke = colourOf(curve);
  const thinned = curve.line.length < curve.points.length;
  return [
    thinned
      ? Plot.lineY(curve.points, { ...place, stroke, strokeWidth: 1, strokeOpacity: 0.22 })
      : undefined,
    Plot.lineY(curve.line, { ...place, stroke, strokeWidth: 2 }),
    curve.sparse
      ? Plot.dot(curve.line, {
        ...place,
        fill: stroke,
        r: 2.5,
        title: ({ x, y }: Point) => `${curve.name}, ${x}: ${formatNumber(y)}`,
      })
      : undefined,
  ];
}

/** Returns the names of the columns that have a value in some row. */
export function measured(rows: readonly Row[]): Set<string> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return new Set(
    columns.filter((column) =>
      rows.some((row) => row[column] !== undefined && row[column] !== null)
    ),
  );
}

/** The points, or means of neighbouring points where there are more than MOST_POINTS. */
function means(points: readonly Point[]): Point[] {
  if (points.length <= MOST_POINTS) return [...points];
  const size = Math.ceil(points.length / MOST_POINTS);
  const groups: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    const group = points.slice(from, from + size);
    groups.push({ x: meanOf(group.map(({ x }) => x)), y: meanOf(group.map(({ y }) => y)) });
  }
  return groups;
}

function inWords({ name, points }: Curve, x: string): string {
  const first = points[0];
  const last = points[points.length - 1];
  return `${name} ${formatNumber(first.y)} at ${x} ${formatNumber(first.x)}, ${name} ${
    formatNumber(last.y)
  } at ${x} ` +
    formatNumber(last.x);
}
