import * as Plot from "@observablehq/plot";
import { CircuitbookError } from "../base/errors.ts";
import { notFinite } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, type Part, plotPart } from "./parts/figure.ts";
import { colourOf, seriesLegend } from "./parts/legend.ts";
import { formatNumber, shorten } from "./parts/text.ts";

/** Values of each class by its name. */
export type ValuesByClass = Readonly<Record<string, ArrayLike<number>>>;

/** Options of {@link histogram} and {@link histograms}. */
export interface HistogramOptions extends Captions {
  /** The name of the values, with their unit. */
  name?: string;
  /** About how many bars. */
  bins?: number;
}

/** One bar: the share of a class between two values. */
export interface Bin {
  className: string;
  low: number;
  high: number;
  share: number;
  count: number;
}

/**
 * A histogram of values by class, over the same bins, each class as shares of its own size.
 *
 * @throws CircuitbookError when there is no finite value.
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

/** Several histograms of the same classes side by side, by name: e.g. one for each neuron. */
export function histograms(
  panels: Readonly<Record<string, ValuesByClass>>,
  { name = "value", bins = 30, title, caption }: HistogramOptions = {},
): Figure {
  const entries = Object.entries(panels);
  const classes = [...new Set(entries.flatMap(([, values]) => Object.keys(values)))];
  const looks = classes.map((className, index) => ({ name: className, index }));
  const size = entries.length === 1 ? { width: 640, height: 260 } : { width: 310, height: 190 };
  const parts = entries.map(([heading, values]) =>
    panel(binned(values, bins), { looks, heading, name, ...size })
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
 * Shares of each class in bins of equal width that all classes have in common; the last bin holds its upper end too.
 *
 * @throws CircuitbookError when there is no finite value.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plot.binned({ a: [0, 1, 1, 2] }, 2).map((bin) => bin.count), [1, 3]);
 * ```
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
    throw new CircuitbookError("Expected at least one finite value but found none to draw.");
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

function panel(bins: readonly Bin[], { looks, heading, name, width, height }: {
  looks: readonly { name: string; index: number }[];
  heading: string;
  name: string;
  width: number;
  height: number;
}): Part {
  const edges = (className: string) => {
    const own = bins.filter((bin) => bin.className === className);
    return own.length
      ? [
        { x: own[0].low, y: 0 },
        ...own.flatMap(({ low, high, share }) => [{ x: low, y: share }, { x: high, y: share }]),
        { x: own.at(-1)!.high, y: 0 },
      ]
      : [];
  };
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
      looks.map((look) => [
        Plot.rectY(bins.filter((bin) => bin.className === look.name && bin.count > 0), {
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
        }),
        Plot.line(edges(look.name), {
          x: "x",
          y: "y",
          stroke: colourOf(look),
          strokeWidth: 1.5,
          strokeDasharray: look.index % 2 ? "4,2" : undefined,
          pointerEvents: "none",
        }),
      ]),
      Plot.ruleY([0]),
      heading
        ? Plot.text([shorten(heading, 44)], { frameAnchor: "top-left", dy: -20, lineAnchor: "top" })
        : null,
    ],
  });
}

function summary(heading: string, values: ValuesByClass): string {
  const classes = Object.entries(values).map(([className, list]) => {
    const finite = Array.from(list).filter(Number.isFinite);
    const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
    return `${className} (n ${finite.length}, mean ${formatNumber(mean)})`;
  });
  return `${heading ? `${heading}: ` : ""}${classes.join(", ")}`;
}
