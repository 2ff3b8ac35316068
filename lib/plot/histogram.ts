import * as Plot from "@observablehq/plot";
import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { anything, atLeastOne, checkOptions } from "../base/options.ts";
import { checkRecord } from "./parts/checks.ts";
import { notFinite } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, type Part, plotPart } from "./parts/figure.ts";
import { colourOf, seriesLegend } from "./parts/legend.ts";
import { formatNumber, shorten } from "./parts/text.ts";
import { meanOf } from "../base/mean.ts";

/** The values of each class, by the name of the class. */
export type ValuesByClass = Readonly<Record<string, ArrayLike<number>>>;

/** Options of {@link histogram} and {@link histograms}. */
export interface HistogramOptions extends Captions {
  /** The label of the values, with their unit. Default "value". */
  name?: string;
  /** The number of bins. Default 30. */
  bins?: number;
  /** Values at which a vertical line is drawn, such as a threshold, by the label of the line. */
  marks?: Readonly<Record<string, number>>;
}

const OPTIONS = z.strictObject({
  name: anything,
  bins: atLeastOne.optional(),
  marks: z.record(z.string(), z.number("to be a number")).optional(),
  title: anything,
  caption: anything,
});

/** One bin of one class. */
export interface Bin {
  className: string;
  /** The lower end of the bin. */
  low: number;
  /** The upper end of the bin. */
  high: number;
  /** The share of the class's finite values that lie in the bin. */
  share: number;
  /** How many values lie in the bin. */
  count: number;
}

/**
 * Returns a histogram of values by class. All classes share the bins; the height of a bar is the
 * share of the class's own values.
 *
 * @param values the values of each class, by the name of the class. NaN and infinities are left out
 * and counted in the caption.
 * @param options the label, the number of bins, marked values, and captions.
 * @returns the figure.
 * @throws CircuitbookError if there is no finite value, if the number of bins is not a positive
 * integer, or if a marked value is not a finite number.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(plot.histogram({ correct: [1, 2, 2], wrong: [-1, 0] }).label.includes("correct (n 3"));
 * ```
 */
export function histogram(values: ValuesByClass, options: HistogramOptions = {}): Figure {
  return histograms({ "": values }, options);
}

/**
 * Returns several histograms of the same classes in one figure, such as one for each neuron.
 *
 * @param panels the values by class of each histogram, by the name of the histogram.
 * @param options the label, the number of bins, marked values, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a histogram has no finite value, if the number of bins is not a
 * positive integer, or if a marked value is not a finite number.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const panels = {
 *   "neuron 1": { right: [1, 2], wrong: [0] },
 *   "neuron 2": { right: [0], wrong: [1] },
 * };
 * assert(plot.histograms(panels, { bins: 5 }).label.includes("neuron 2: right (n 1"));
 * ```
 */
export function histograms(
  panels: Readonly<Record<string, ValuesByClass>>,
  options: HistogramOptions = {},
): Figure {
  checkOptions(options, OPTIONS, "histogram");
  checkRecord(panels, "values by class");
  const { name = "value", bins = 30, marks = {}, title, caption } = options;
  const entries = Object.entries(panels);
  for (const [, values] of entries) {
    checkRecord(values, "values by class");
    const lists = Object.entries(values).map(([name, list]) => [name, [list, is.numbers]] as const);
    checkArguments("histogram", Object.fromEntries(lists));
  }
  const classes = [...new Set(entries.flatMap(([, values]) => Object.keys(values)))];
  const looks = classes.map((className, index) => ({ name: className, index }));
  const size = entries.length === 1 ? { width: 640, height: 260 } : { width: 310, height: 190 };
  const parts = entries.map(([heading, values]) =>
    panel(binned(values, bins), { looks, heading, name, marks, ...size })
  );
  const across = entries.length === 1 ? 1 : 2;
  const rows = Array.from(
    { length: Math.ceil(parts.length / across) },
    (_, i) => parts.slice(i * across, (i + 1) * across),
  );
  const omitted = notFinite(
    entries.flatMap(([, values]) => Object.values(values).flatMap((list) => Array.from(list))),
  );
  return figure(
    classes.length > 1 ? [[seriesLegend(looks, 640, { filled: true })], ...rows] : rows,
    `Histogram of ${name}: ${
      entries.map(([heading, values]) => summary(heading, values)).join("; ")
    }.`,
    { title, caption: [caption, omitted && `Not drawn: ${omitted}.`].filter(Boolean).join(" ") },
  );
}

/**
 * Returns the shares of each class in bins of equal width. All classes share the bins, and the last
 * bin includes its upper end.
 *
 * @throws CircuitbookError if there is no finite value.
 */
export function binned(values: ValuesByClass, bins: number): Bin[] {
  const finite = Object.entries(values).map(([className, list]) =>
    [className, Array.from(list).filter(Number.isFinite)] as const
  );
  let low = Infinity;
  let high = -Infinity;
  for (const [, list] of finite) {
    for (const value of list) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low > high) {
    throw new CircuitbookError(
      "Expected at least one finite value to draw but found none; leave out columns of null, NaN and Infinity.",
    );
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const width = (high - low) / bins;
  return finite.flatMap(([className, list]) => {
    const counts = new Array<number>(bins).fill(0);
    for (const value of list) counts[Math.min(bins - 1, Math.floor((value - low) / width))]++;
    return counts.map((count, i) => ({
      className,
      low: low + i * width,
      high: low + (i + 1) * width,
      count,
      share: list.length ? count / list.length : 0,
    }));
  });
}

function panel(bins: readonly Bin[], { looks, heading, name, marks, width, height }: {
  looks: readonly { name: string; index: number }[];
  heading: string;
  name: string;
  marks: Readonly<Record<string, number>>;
  width: number;
  height: number;
}): Part {
  const lines = Object.entries(marks).map(([label, x]) => ({ label, x }));
  return plotPart({
    width,
    height,
    marginLeft: 62,
    marginBottom: 40,
    marginTop: heading ? 24 : 10,
    marginRight: 12,
    x: {
      label: name,
      labelAnchor: "center",
      labelArrow: "none",
      ticks: width / 80,
      labelOffset: 36,
    },
    y: {
      label: "share of class",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: 4,
      labelOffset: 56,
    },
    marks: [
      Plot.gridY({ strokeOpacity: 0.12, ticks: 4 }),
      looks.map((look) =>
        classMarks(bins.filter(({ className }) => className === look.name), look)
      ),
      Plot.ruleY([0]),
      lines.length === 0 ? null : [
        Plot.ruleX(lines, { x: "x", strokeDasharray: "3,3", strokeOpacity: 0.7 }),
        Plot.text(lines, {
          x: "x",
          text: "label",
          frameAnchor: "top",
          textAnchor: "start",
          lineAnchor: "top",
          dx: 4,
        }),
      ],
      heading
        ? Plot.text([shorten(heading, 44)], { frameAnchor: "top-left", dy: -20, lineAnchor: "top" })
        : null,
    ],
  });
}

/**
 * Returns the bars of a class, with the numbers of a bin under the pointer, and the outline of the
 * bars.
 */
function classMarks(bins: readonly Bin[], look: { name: string; index: number }): Plot.Markish[] {
  const bars = Plot.rectY(bins.filter(({ count }) => count > 0), {
    x1: "low",
    x2: "high",
    y: "share",
    fill: colourOf(look),
    fillOpacity: 0.3,
    shapeRendering: "crispEdges",
    title: ({ low, high, count, share }: Bin) =>
      `${look.name}, ${formatNumber(low)} to ${formatNumber(high)}: ${formatNumber(share)} (${
        formatNumber(count)
      })`,
  });
  const outline = Plot.line(edgesOf(bins), {
    x: "x",
    y: "y",
    stroke: colourOf(look),
    strokeWidth: 1.5,
    strokeDasharray: look.index % 2 ? "4,2" : undefined,
    pointerEvents: "none",
  });
  return [bars, outline];
}

/** Returns the corners of the outline of the bars of a class, from left to right. */
function edgesOf(bins: readonly Bin[]): { x: number; y: number }[] {
  if (!bins.length) return [];
  return [
    { x: bins[0].low, y: 0 },
    ...bins.flatMap(({ low, high, share }) => [{ x: low, y: share }, { x: high, y: share }]),
    { x: bins.at(-1)!.high, y: 0 },
  ];
}

function summary(heading: string, values: ValuesByClass): string {
  const classes = Object.entries(values).map(([className, list]) => {
    const finite = Array.from(list).filter(Number.isFinite);
    return `${className} (n ${finite.length}, mean ${formatNumber(meanOf(finite))})`;
  });
  return `${heading ? `${heading}: ` : ""}${classes.join(", ")}`;
}
