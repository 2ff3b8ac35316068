import type { Tensor } from "../../base/tensor.ts";
import { bitWriter } from "./bit_writer.ts";
import { codePattern, levelValues, type PatternShape } from "./browser/coder.ts";

/** Attention patterns, coded to fit a page. */
export interface FittedPatterns {
  /** Attention below this value is left out. */
  readonly threshold: number;
  /** The largest difference between a value and the drawn value. */
  readonly within: number;
  /** How the patterns are coded. */
  readonly shape: PatternShape;
  /** The coded heads of each layer, one after the other. */
  readonly layers: readonly Uint8Array[];
}

/** Thresholds and the number of levels above them, from the finest to the coarsest step. */
const STEPS = [
  [0.002, 64],
  [0.005, 48],
  [0.01, 32],
  [0.015, 32],
  [0.02, 24],
  [0.03, 20],
  [0.04, 16],
  [0.05, 16],
  [0.06, 12],
  [0.07, 12],
  [0.08, 12],
  [0.09, 12],
  [0.1, 12],
  [0.13, 12],
  [0.16, 8],
  [0.2, 8],
  [0.3, 8],
  [0.5, 4],
] as const;
/** How many cells a step is tried on before all are coded: about a tenth of a second of work. */
const SAMPLE = 3_000_000;

/**
 * Returns patterns [layer, head, query, key], coded with the finest step that fits in `budget`
 * bytes, or with the coarsest step if none fits.
 *
 * @param positions the position of each query.
 */
export function fitPatterns(
  patterns: Tensor,
  positions: readonly number[],
  budget: number,
): FittedPatterns {
  const [layers, heads, queries, keys] = patterns.shape;
  const causal = isCausal(patterns.data, positions, keys);
  const shapeAt = (step: number): PatternShape => ({
    keys,
    positions,
    causal,
    values: levelValues(...STEPS[step] as readonly [number, number]),
  });
  const size = heads * queries * keys;
  const coded = (step: number, layer: number) =>
    codeLayer(patterns.data.subarray(layer * size, (layer + 1) * size), heads, shapeAt(step));
  const tried = spread(layers, Math.max(1, Math.floor(SAMPLE / Math.max(1, size))));
  const estimate = (step: number) =>
    tried.reduce((sum, layer) => sum + coded(step, layer).length, 0) * layers / tried.length;
  let step = firstThat(STEPS.length - 1, (candidate) => estimate(candidate) <= budget);
  for (;; step++) {
    const all = Array.from({ length: layers }, (_, layer) => coded(step, layer));
    if (step < STEPS.length - 1 && all.reduce((sum, { length }) => sum + length, 0) > budget) {
      continue;
    }
    const shape = shapeAt(step);
    // Levels are evenly spaced in the square root, so rounding is coarsest between the last two
    // levels.
    const within = 1 - ((1 + Math.sqrt(shape.values[shape.values.length - 2])) / 2) ** 2;
    return { threshold: STEPS[step][0], within, shape, layers: all };
  }
}

/** The code of the heads of a layer, each [query, key]. */
function codeLayer(data: Float32Array, heads: number, shape: PatternShape): Uint8Array {
  const writer = bitWriter();
  const cells = data.length / heads;
  const levels = new Uint8Array(cells);
  const most = shape.values.length - 1;
  const threshold = shape.values[1];
  const low = Math.sqrt(threshold);
  const scale = (most - 1) / (1 - low);
  for (let head = 0; head < heads; head++) {
    for (let i = 0, at = head * cells; i < cells; i++, at++) {
      const value = data[at];
      levels[i] = value >= threshold
        ? 1 + Math.min(most - 1, Math.round((Math.sqrt(value) - low) * scale))
        : 0;
    }
    codePattern(writer.code, levels, shape);
  }
  return writer.finish();
}

/** Whether all attention to keys after the query is zero. */
function isCausal(data: Float32Array, positions: readonly number[], keys: number): boolean {
  const cells = positions.length * keys;
  for (let start = 0; start < data.length; start += cells) {
    for (let query = 0; query < positions.length; query++) {
      for (
        let at = start + query * keys + positions[query] + 1, end = start + (query + 1) * keys;
        at < end;
        at++
      ) {
        if (data[at] !== 0 && !Number.isNaN(data[at])) return false;
      }
    }
  }
  return true;
}

/** At most `most` of the numbers below `count`, evenly spaced. */
function spread(count: number, most: number): number[] {
  const n = Math.min(count, most);
  return Array.from({ length: n }, (_, i) => Math.floor((i + 0.5) * count / n));
}

/**
 * The first number from 0 to `last` that passes a test, by bisection: all later numbers pass it
 * too.
 */
function firstThat(last: number, test: (candidate: number) => boolean): number {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
