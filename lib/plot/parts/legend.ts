import type * as Plot from "@observablehq/plot";
import type { ColourScale } from "./colour.ts";
import { type Part, svg } from "./figure.ts";
import { pngUrl } from "./png.ts";
import { CONTROL_COLOUR, SERIES_COUNT, seriesColour } from "./style.ts";
import { formatNumber, textWidth } from "./text.ts";

const RAMP_WIDTH = 180;

/**
 * Returns a legend for colours: a ramp with the values at its ends and middle, and a swatch for
 * each value of `special`. (Observable Plot's own legend needs a canvas.)
 */
export function rampLegend(
  scale: ColourScale,
  name: string,
  { special = [] }: { special?: readonly number[] } = {},
): Part {
  const { domain: [low, high], extent, palette } = scale;
  const x0 = textWidth(name) + 10;
  const ends = [
    [low, extent[0] < low ? "≤ " : "", 0],
    ...(scale.kind === "diverging" ? [[(low + high) / 2, "", RAMP_WIDTH / 2] as const] : []),
    [high, extent[1] > high ? "≥ " : "", RAMP_WIDTH],
  ] as const;
  const ramp = svg("image", {
    href: pngUrl(
      Uint8Array.from(palette.slice(4), (_, i) => i + 4),
      palette.length - 4,
      1,
      palette,
    ),
    x: x0,
    y: 2,
    width: RAMP_WIDTH,
    height: 10,
    preserveAspectRatio: "none",
  });
  const labels = ends.map(([value, prefix, x]) =>
    svg(
      "text",
      { x: x0 + x, y: 26, "text-anchor": "middle", "font-size": 11 },
      prefix + formatNumber(value),
    )
  );
  const swatches = swatchesOf(special, scale, x0 + RAMP_WIDTH + 34);
  const frame = svg("rect", {
    x: x0,
    y: 2,
    width: RAMP_WIDTH,
    height: 10,
    fill: "none",
    stroke: "currentColor",
    "stroke-opacity": 0.25,
  });
  const node = svg(
    "g",
    {},
    svg("text", { x: 0, y: 11 }, name),
    ramp,
    frame,
    ...labels,
    ...swatches.nodes,
  );
  return { node, width: swatches.end, height: 30 };
}

/**
 * Returns a swatch with its number for each value, from left to right, and the x at which the next
 * thing may begin.
 */
function swatchesOf(
  values: readonly number[],
  scale: ColourScale,
  start: number,
): { nodes: Element[]; end: number } {
  let x = start;
  const nodes = values.flatMap((value) => {
    const at = x;
    x += 20 + textWidth(formatNumber(value)) + 14;
    return [
      svg("rect", { x: at, y: 2, width: 12, height: 10, fill: scale.css(value) }),
      svg("text", { x: at + 17, y: 11, "font-size": 11 }, formatNumber(value)),
    ];
  });
  return { nodes, end: x };
}

/**
 * How a series looks. Colour, dash and symbol all differ, so that readers without colour can tell
 * series apart.
 */
export interface SeriesLook {
  /** The name of the series. */
  name: string;
  /** The number of the series, which chooses its look. */
  index: number;
  /** Whether the series is a baseline or a control, drawn grey and dashed. */
  control?: boolean;
}

/**
 * Symbols as polygons around the point: circle, square, triangle, diamond, triangle, cross. Figure
 * and legend both draw these polygons.
 */
const SYMBOLS: readonly (readonly (readonly [number, number])[])[] = [
  Array.from(
    { length: 16 },
    (_, i) => [3.5 * Math.cos((i * Math.PI) / 8), 3.5 * Math.sin((i * Math.PI) / 8)] as const,
  ),
  [[-3.2, -3.2], [3.2, -3.2], [3.2, 3.2], [-3.2, 3.2]],
  [[0, -4.4], [4.2, 3.2], [-4.2, 3.2]],
  [[0, -4.6], [4.2, 0], [0, 4.6], [-4.2, 0]],
  [[0, 4.4], [4.2, -3.2], [-4.2, -3.2]],
  [
    [-4, -1.3],
    [-1.3, -1.3],
    [-1.3, -4],
    [1.3, -4],
    [1.3, -1.3],
    [4, -1.3],
    [4, 1.3],
    [1.3, 1.3],
    [1.3, 4],
    [-1.3, 4],
    [
      -1.3,
      1.3,
    ],
    [
      -4,
      1.3,
    ],
  ],
];
const CONTROL_DASHES = ["5,4", "2,3", "8,3,2,3", "1,3"];

/** Returns the CSS colour of a series. */
export function colourOf({ index, control }: SeriesLook): string {
  return control ? CONTROL_COLOUR : seriesColour(index);
}

/** Returns the dash pattern of a series; `undefined` is a solid line. */
export function dashOf({ index, control }: SeriesLook): string | undefined {
  return control ? CONTROL_DASHES[index % CONTROL_DASHES.length] : undefined;
}

/** The corners of the symbol of a series, around its point. */
function symbolOf({ index }: SeriesLook): readonly (readonly [number, number])[] {
  return SYMBOLS[index % SERIES_COUNT];
}

/** Returns the symbol of a series in the form that Observable Plot draws. */
export function plotSymbol(look: SeriesLook): Plot.SymbolImplementation {
  const corners = symbolOf(look);
  return {
    draw: (context: CanvasPath) => {
      corners.forEach(([x, y], i) => i === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
      context.closePath();
    },
  };
}

/**
 * Returns a legend of series: each name beside its line and symbol, wrapped at `width` pixels.
 * `filled` shows a box in place of line and symbol, `points` the symbol alone.
 */
export function seriesLegend(
  series: readonly SeriesLook[],
  width: number,
  { filled = false, points = false } = {},
): Part {
  const node = svg("g");
  let x = 0;
  let y = 12;
  for (const look of series) {
    const needed = 34 + textWidth(look.name) + 18;
    if (x > 0 && x + needed > width) [x, y] = [0, y + 19];
    const colour = colourOf(look);
    const key = filled
      ? [
        svg("rect", {
          x: 2,
          y: -6,
          width: 22,
          height: 11,
          fill: colour,
          "fill-opacity": 0.3,
          stroke: colour,
          "stroke-width": 1.5,
        }),
      ]
      : [
        ...(points ? [] : [svg("path", {
          d: "M0,0H26",
          stroke: colour,
          "stroke-width": 2,
          fill: "none",
          ...(dashOf(look) ? { "stroke-dasharray": dashOf(look)! } : {}),
        })]),
        ...(look.control && !points ? [] : [svg("polygon", {
          points: symbolOf(look).map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" "),
          transform: "translate(13,0)",
          fill: colour,
        })]),
      ];
    node.append(
      svg(
        "g",
        { transform: `translate(${x},${y - 4})` },
        ...key,
        svg("text", { x: 33, y: 4 }, look.name),
      ),
    );
    x += needed;
  }
  const height = y + 8;
  return { node, width, height };
}
