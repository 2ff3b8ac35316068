import * as Plot from "@observablehq/plot";
import { formatNumber } from "./text.ts";

/** Red, green, blue and opacity, each 0 to 255. */
export type Rgba = readonly [number, number, number, number];

/** Options of a colour scale. */
export interface ColourOptions {
  /**
   * "diverging" is blue below zero, orange above and transparent at zero; the default for values of
   * both signs. "shade" goes from transparent at zero to blue; the default for values from about
   * zero up. "sequential" is viridis; the default for all other values.
   */
  colours?: "sequential" | "shade" | "diverging";
  /**
   * The values at the ends of the scale. Default: the smallest and the largest value; a diverging
   * scale leaves out a few outliers that would wash out the rest.
   */
  domain?: readonly [number, number];
}

/** Colours for numbers. The palette begins with the colours of a blank cell, NaN, ∞ and −∞. */
export interface ColourScale {
  /** The kind of the scale, see {@link ColourOptions}. */
  readonly kind: "sequential" | "shade" | "diverging";
  /** The values at the ends of the scale. */
  readonly domain: readonly [number, number];
  /** The smallest and the largest finite value; outside the domain if the colours saturate. */
  readonly extent: readonly [number, number];
  /** All colours, by tone. */
  readonly palette: readonly Rgba[];
  /** Returns the index of a value's colour in the palette; `undefined` is a blank cell. */
  tone(value: number | undefined): number;
  /** Returns the colour of a value as CSS. */
  css(value: number | undefined): string;
}

const STEPS = 251;
/** Magenta, for NaN. */
export const NAN_COLOUR = [224, 33, 138] as const;
const SPECIAL: readonly Rgba[] = [[0, 0, 0, 0], [...NAN_COLOUR, 255], [255, 99, 71, 255], [
  128,
  128,
  128,
  70,
]];
/**
 * Blue, for numbers below zero. People with any common colour blindness can tell it from {@link
 * POSITIVE}.
 */
export const NEGATIVE = [36, 128, 210] as const;
/** Orange, for numbers above zero. */
export const POSITIVE = [224, 123, 0] as const;

/** Returns a colour scale for values. NaN and infinities do not count for its ends. */
export function colourScale(
  values: ArrayLike<number>,
  { colours, domain }: ColourOptions = {},
): ColourScale {
  const extent = finiteExtent(values);
  const kind = colours ?? kindFor(extent);
  const [low, high] = domain ??
    {
      diverging: symmetric(values, extent),
      shade: [0, extent[1]] as const,
      sequential: extent,
    }[kind];
  const ramp = { diverging: divergingRamp, shade: shadeRamp, sequential: viridisRamp }[kind]();
  const palette = [...SPECIAL, ...ramp];
  const tone = (value: number | undefined): number => {
    if (value === undefined) return 0;
    if (Number.isNaN(value)) return 1;
    if (!Number.isFinite(value)) return value > 0 ? 2 : 3;
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return SPECIAL.length + Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1));
  };
  return {
    kind,
    domain: [low, high],
    extent,
    palette,
    tone,
    css: (value) => cssColour(palette[tone(value)]),
  };
}

/**
 * Returns black or white, whichever is easier to read on an opaque colour (relative luminance, WCAG
 * 2.2).
 */
export function inkOn([r, g, b]: Rgba): "#000" | "#fff" {
  const [R, G, B] = [r, g, b].map((c) => c / 255).map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  );
  return 0.2126 * R + 0.7152 * G + 0.0722 * B > 0.179 ? "#000" : "#fff";
}

/** A colour as CSS hexadecimals. */
function cssColour([r, g, b, a]: Rgba): string {
  const hex = (byte: number) => byte.toString(16).padStart(2, "0");
  return `#${hex(r)}${hex(g)}${hex(b)}${a === 255 ? "" : hex(a)}`;
}

/**
 * Returns the counts of NaN and infinities in words, such as "3 NaN, 2 −∞"; empty if there are
 * none.
 */
export function notFinite(values: ArrayLike<number>): string {
  let nan = 0;
  let up = 0;
  let down = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) nan++;
    else if (value === Infinity) up++;
    else if (value === -Infinity) down++;
  }
  return [[nan, "NaN"], [up, "∞"], [down, "−∞"]].filter(([n]) => n).map(([n, name]) =>
    `${formatNumber(n as number)} ${name}`
  ).join(", ");
}

function kindFor([low, high]: readonly [number, number]): ColourScale["kind"] {
  if (low < 0) return high > 0 ? "diverging" : "sequential";
  return low <= 0.1 * high ? "shade" : "sequential";
}

function finiteExtent(values: ArrayLike<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * A range around zero: up to the largest absolute value, or to the 99.5th percentile of absolute
 * values if the largest is more than four times that. The percentile is taken over at most about
 * 50,000 values.
 */
function symmetric(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
): [number, number] {
  const largest = Math.max(-low, high);
  const sizes: number[] = [];
  for (let i = 0, step = Math.ceil(values.length / 50_000); i < values.length; i += step) {
    if (Number.isFinite(values[i])) sizes.push(Math.abs(values[i]));
  }
  const usual = sizes.sort((a, b) => a - b)[Math.floor(sizes.length * 0.995)] ?? 0;
  const limit = usual > 0 && largest > 4 * usual ? usual : largest;
  return [-limit, limit];
}

function divergingRamp(): Rgba[] {
  return Array.from({ length: STEPS }, (_, i) => {
    const share = (2 * i) / (STEPS - 1) - 1;
    const [r, g, b] = share < 0 ? NEGATIVE : POSITIVE;
    return [r, g, b, opacity(Math.abs(share))];
  });
}

/**
 * The opacity of a share of the scale; small values get extra ink, or they would vanish on a dark
 * page.
 */
function opacity(share: number): number {
  return Math.round(share ** 0.75 * 255);
}

function shadeRamp(): Rgba[] {
  const [r, g, b] = NEGATIVE;
  return Array.from({ length: STEPS }, (_, i) => [r, g, b, opacity(i / (STEPS - 1))]);
}

function viridisRamp(): Rgba[] {
  const { apply } = Plot.scale({
    color: { type: "linear", scheme: "viridis", domain: [0, STEPS - 1] },
  })!;
  return Array.from({ length: STEPS }, (_, i) => {
    const code = parseInt(String(apply(i)).slice(1), 16);
    return [code >> 16, (code >> 8) & 255, code & 255, 255];
  });
}
