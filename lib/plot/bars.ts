import * as Plot from "@observablehq/plot";
import { z } from "zod";
import { anything, checkOptions } from "../base/options.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, type Part, plotPart } from "./parts/figure.ts";
import { valueInWords } from "./parts/interval.ts";
import { colourOf, plotSymbol, seriesLegend, type SeriesLook } from "./parts/legend.ts";
import { optionalNumber, type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { shorten, textWidth } from "./parts/text.ts";

const WIDTH = 640;
const ROW = 15;
const GAP = 12;

/** Options of {@link bars}. */
export interface BarsOptions extends Captions {
  /**
   * The column with the categories, drawn from top to bottom in the order of the table. Default
   * `name`.
   */
  category?: string;
  /** The column with the values. Default `share`. */
  value?: string;
  /**
   * The column with the series: one bar for each within a category. Default `series`, if the table
   * has it.
   */
  series?: string;
  /** The series that are controls, drawn grey. */
  controls?: readonly string[];
  /** The label of the axis, with its unit. Default: the name of the column. */
  name?: string;
  /** The ends of the axis. Default: includes zero and all intervals. */
  domain?: readonly [number, number];
  /** A value to compare with, drawn as a dotted line. */
  reference?: number;
}

const optionsSchema = z.strictObject({
  category: anything,
  value: anything,
  series: anything,
  controls: z.array(z.string(), "to be a list of series").optional(),
  name: anything,
  domain: anything,
  reference: anything,
  title: anything,
  caption: anything,
});

/** One bar. `at` is the distance of its top from the top of the figure, in pixels. */
interface Bar {
  at: number;
  value: number;
  low?: number;
  high?: number;
  title: string;
}

/**
 * Returns a figure with a bar for each category, or for each series within a category, such as the
 * share of solved problems by condition.
 *
 * @param table a table with a column of categories, a column of values and, where known, `low` and
 * `high` (the interval) and `n` (shown on hover).
 * @param options which columns are drawn, controls, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing or an option is unknown.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const shares = [
 *   { name: "zero", series: "found", share: 0.2, low: 0.1, high: 0.3, n: 50 },
 *   { name: "zero", series: "random", share: 0.9, low: 0.8, high: 0.95, n: 50 },
 * ];
 * assert(
 *   plot.bars(shares, { controls: ["random"] }).label.includes(
 *     "zero, found 0.200 (0.100 to 0.300)",
 *   ),
 * );
 * ```
 */
export function bars(table: Table, options: BarsOptions = {}): Figure {
  checkOptions(options, optionsSchema, "bars");
  const {
    category = "name",
    value = "share",
    controls = [],
    name = value,
    domain,
    reference,
    ...rest
  } = options;
  const { series: given, ...captions } = rest;
  const rows = rowsWith(table, [category, value, ...given ? [given] : []]);
  const series = given ?? ("series" in rows[0] ? "series" : undefined);
  const of = (row: Row) => series === undefined ? "" : String(row[series]);
  const looks = looksOf([...new Set(rows.map(of))], controls);
  const categories = [...new Set(rows.map((row) => String(row[category])))];
  const words = (row: Row) =>
    [String(row[category]), of(row)].filter(Boolean).join(", ") + ` ${valueInWords(row, value)}`;
  const groups = looks.map((look, i) => ({
    look,
    bars: rows.filter((row) => of(row) === look.name).map((row): Bar => ({
      at: categories.indexOf(String(row[category])) * (looks.length * ROW + GAP) + i * ROW,
      value: optionalNumber(row, value) ?? NaN,
      low: optionalNumber(row, "low"),
      high: optionalNumber(row, "high"),
      title: words(row),
    })),
  }));
  const part = drawn(groups, categories, {
    name,
    domain: domain ?? extent(groups.flatMap((group) => group.bars)),
    reference,
  });
  const legend: Part[][] = looks.length > 1 ? [[seriesLegend(looks, WIDTH, { points: true })]] : [];
  return figure([...legend, [part]], `${name}: ${rows.map(words).join("; ")}.`, captions);
}

/** The looks of the series. Controls are numbered apart, since the number chooses the look. */
function looksOf(names: readonly string[], controls: readonly string[]): SeriesLook[] {
  const own = names.filter((name) => !controls.includes(name));
  const grey = names.filter((name) => controls.includes(name));
  return names.map((name) =>
    controls.includes(name)
      ? { name, index: grey.indexOf(name), control: true }
      : { name, index: own.indexOf(name) }
  );
}

function drawn(
  groups: readonly { look: SeriesLook; bars: readonly Bar[] }[],
  categories: readonly string[],
  { name, domain, reference }: {
    name: string;
    domain: readonly [number, number];
    reference?: number;
  },
): Part {
  const high = groups.length * ROW + GAP;
  const labels = categories.map((text) => shorten(text, 36));
  const marginLeft = 14 + Math.ceil(Math.max(...labels.map((text) => textWidth(text))));
  const marginBottom = 42;
  const marginTop = 4;
  const height = categories.length * high;
  const centre = (bar: Bar) => bar.at + (ROW + GAP) / 2;
  return plotPart({
    width: WIDTH,
    height: height + marginTop + marginBottom,
    marginLeft,
    marginBottom,
    marginTop,
    marginRight: 16,
    x: {
      label: name,
      labelAnchor: "center",
      labelArrow: "none",
      domain,
      ticks: 6,
      labelOffset: 38,
    },
    y: { domain: [0, height], range: [marginTop, marginTop + height], axis: null },
    marks: [
      Plot.gridX({ strokeOpacity: 0.12, ticks: 6 }),
      Plot.text(labels, {
        x: () => domain[0],
        y: (_, i) => (i + 0.5) * high,
        text: (text: string) => text,
        textAnchor: "end",
        dx: -8,
      }),
      groups.map(({ look, bars }) =>
        seriesMarks(look, bars.filter((bar) => Number.isFinite(bar.value)), centre, domain)
      ),
      Plot.ruleX([Math.max(domain[0], Math.min(domain[1], 0))], {
        stroke: "currentColor",
        strokeOpacity: 0.6,
      }),
      reference === undefined
        ? null
        : Plot.ruleX([reference], { stroke: "currentColor", strokeDasharray: "1,3" }),
    ],
  });
}

function seriesMarks(
  look: SeriesLook,
  bars: readonly Bar[],
  centre: (bar: Bar) => number,
  [low, high]: readonly [number, number],
): Plot.Markish {
  const colour = colourOf(look);
  const title = (bar: Bar) => bar.title;
  const from = Math.max(low, Math.min(high, 0));
  return [
    Plot.rect(bars, {
      x1: () => from,
      x2: "value",
      y1: (bar: Bar) => centre(bar) - ROW / 2 + 1.5,
      y2: (bar: Bar) => centre(bar) + ROW / 2 - 1.5,
      fill: colour,
      fillOpacity: 0.35,
      title,
    }),
    Plot.ruleY(bars.filter((bar) => bar.low !== undefined && bar.high !== undefined), {
      x1: "low",
      x2: "high",
      y: centre,
      stroke: colour,
      strokeWidth: 2,
      title,
    }),
    Plot.dot(bars, {
      x: "value",
      y: centre,
      fill: colour,
      r: 3.5,
      symbol: plotSymbol(look),
      title,
    }),
  ];
}

/** The ends of an axis that holds zero, all values and all intervals. */
function extent(bars: readonly Bar[]): [number, number] {
  const ends = bars.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]).filter(
    Number.isFinite,
  );
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  return low < high ? [low, high] : [0, 1];
}
