import type { Tensor } from "../../base/tensor.ts";
import { bitWriter } from "./bit_writer.ts";
import { codePattern, levelValues, type PatternShape } from "./browser/coder.ts";

/** Patterns in the fewest bits that a page has room for. */
export interface FittedPatterns {
  /** Attention below this is left out. */
  readonly threshold: number;
  /** How far a value may be from the one drawn. */
  readonly within: number;
  readonly shape: PatternShape;
  /** Each layer's heads, one after the other. */
  readonly layers: readonly Uint8Array[];
}

/** Thresholds and how many levels there are above them, from the finest. */
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
/** Cells to try a step on before all are coded: about a tenth of a second. */
const SAMPLE = 3_000_000;

/** The patterns [layer, head, query, key] with the finest step whose code fits in so many bytes; the coarsest if none does. */
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
    // Rounding is by square roots, and coarsest between the last two levels.
    const within = 1 - ((1 + Math.sqrt(shape.values[shape.values.length - 2])) / 2) ** 2;
    return { threshold: STEPS[step][0], within, shape, layers: all };
  }
}

/** The code of a layer's heads, each [query, key]. */
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

function isCausal(data: Float32Array, positions: readonly number[], keys: number): boolean {
  const cells = positions.length * keys;
  for (let start = 0; start < data.length; start += cells) {
    for (let query = 0; query < positions.length; query++) {
      for (
        let at = start + query * keys + positions[query] + 1, end = start + (query + 1) * keys;
        at < end;
        at++
      ) {
        if (data[at] !== 0) return false;
      }
    }
  }
  return true;
}

/** At most so many of the numbers below `count`, evenly apart. */
function spread(count: number, most: number): number[] {
  const n = Math.min(count, most);
  return Array.from({ length: n }, (_, i) => Math.floor((i + 0.5) * count / n));
}

/** The first number up to the last of which the test holds, which then holds of all that follow. */
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
