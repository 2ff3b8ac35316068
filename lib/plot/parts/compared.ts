import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { ColourScale } from "./colour.ts";
import type { Part } from "./figure.ts";

/**
 * Whether maps that are drawn beside each other have one colour scale ("shared"), or each map has
 * its own.
 */
export type Scales = "shared" | "own";

/**
 * A figure's maps side by side are at most this wide in pixels; wider ones stand below each other.
 */
const WIDEST = 860;

/** One map of a figure. */
export interface ComparedMap {
  /** The values of the map. */
  readonly values: ArrayLike<number>;
  /** Returns the map in the colours of a scale. */
  draw(scale: ColourScale): Part;
}

/**
 * Returns the parts of a figure that compares maps: one legend above all maps, or a legend above
 * each map.
 *
 * @param maps the maps, in order.
 * @param scales whether the maps share one scale.
 * @param scaleOf returns the scale for values.
 * @param legendOf returns the legend of a scale for values.
 * @throws CircuitbookError if `scales` is another word.
 */
export function comparedMaps(
  maps: readonly ComparedMap[],
  scales: Scales,
  scaleOf: (values: ArrayLike<number>) => ColourScale,
  legendOf: (scale: ColourScale, values: ArrayLike<number>) => Part,
): Part[][] {
  if (scales !== "shared" && scales !== "own") {
    throw new CircuitbookError(
      `Expected "scales" to be "shared" or "own" but found ${shown(scales)}.`,
    );
  }
  if (scales === "own") {
    return maps.flatMap(({ values, draw }) => {
      const scale = scaleOf(values);
      return [[legendOf(scale, values)], [draw(scale)]];
    });
  }
  const values = maps.length === 1 ? maps[0].values : maps.flatMap((map) => Array.from(map.values));
  const scale = scaleOf(values);
  const parts = maps.map(({ draw }) => draw(scale));
  const isNarrow = parts.reduce((sum, { width }) => sum + width, 0) <= WIDEST;
  return [[legendOf(scale, values)], ...isNarrow ? [parts] : parts.map((part) => [part])];
}
