import type { Dtype } from "../../model/decoder/precision.ts";
import type { Model } from "../../model/model.ts";
import { pointAt } from "../../model/plan/hook_points.ts";

/** How far a model in one element type is from the model in f32 on the CPU. */
export interface PrecisionErrors {
  /** The device that the model ran on. */
  readonly device: string;
  /** The element type of its matrix products. */
  readonly dtype: Dtype;
  /** The mean absolute difference of the logits. */
  readonly meanLogitError: number;
  /** The largest absolute difference of a logit. */
  readonly largestLogitError: number;
  /** The share of positions at which both models find the same token the most probable. */
  readonly topAgreement: number;
  /**
   * For each layer the root mean square of the residual stream's difference, as a share of the
   * stream's.
   */
  readonly residualErrors: readonly number[];
}

/** The logits and residual streams of some rows. */
export interface Measured {
  /** The logits of each row, [position, vocab]. */
  readonly logits: readonly Float32Array[];
  /** The residual stream after each layer, for each row. */
  readonly streams: readonly (readonly Float32Array[])[];
  /** The number of tokens of the vocabulary. */
  readonly vocab: number;
}

/** The model that all others are compared with, in words. */
export const CPU_F32 = "f32 on the CPU";

/** Returns the root mean square of all logits. */
export function logitSize({ logits }: Measured): number {
  let sum = 0;
  let count = 0;
  for (const row of logits) {
    for (const value of row) sum += value ** 2;
    count += row.length;
  }
  return Math.sqrt(sum / count);
}

/** Runs rows one by one and returns their logits and residual streams. */
export async function measured(
  model: Model,
  rows: readonly (readonly number[])[],
): Promise<Measured> {
  const logits: Float32Array[] = [];
  const streams: Float32Array[][] = [];
  const { layers, vocab } = model.architecture;
  for (const row of rows) {
    const cache = await model.run([row], { tap: "blocks.*.hook_resid_post", logits: true });
    logits.push(cache.logits.data);
    streams.push(
      Array.from({ length: layers }, (_, l) => cache.get(pointAt.residPost(l)).data),
    );
  }
  return { logits, streams, vocab };
}

/** Returns how far the results of a model are from exact ones. */
export function errorsOf(
  { device, dtype }: Pick<Model, "device" | "dtype">,
  found: Measured,
  exact: Measured,
): PrecisionErrors {
  let sum = 0;
  let largest = 0;
  let count = 0;
  let agreed = 0;
  let positions = 0;
  found.logits.forEach((logits, row) => {
    const other = exact.logits[row];
    for (let i = 0; i < logits.length; i++) {
      const error = Math.abs(logits[i] - other[i]);
      sum += error;
      if (error > largest) largest = error;
    }
    count += logits.length;
    for (let start = 0; start < logits.length; start += found.vocab) {
      const own = [logits, other].map((all) => topOf(all, start, found.vocab));
      if (own[0] === own[1]) agreed++;
      positions++;
    }
  });
  return {
    device,
    dtype,
    meanLogitError: sum / count,
    largestLogitError: largest,
    topAgreement: agreed / positions,
    residualErrors: exact.streams[0].map((_, layer) =>
      relativeError(
        found.streams.map((row) => row[layer]),
        exact.streams.map((row) => row[layer]),
      )
    ),
  };
}

/** Returns the index of the largest of some neighbouring numbers, from the first of them. */
function topOf(numbers: Float32Array, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (numbers[start + i] > numbers[start + best]) best = i;
  return best;
}

/**
 * Returns the root mean square of a difference, divided by the root mean square of the exact
 * numbers.
 */
function relativeError(found: readonly Float32Array[], exact: readonly Float32Array[]): number {
  let difference = 0;
  let size = 0;
  found.forEach((numbers, row) =>
    numbers.forEach((value, i) => {
      difference += (value - exact[row][i]) ** 2;
      size += exact[row][i] ** 2;
    })
  );
  return Math.sqrt(difference / size);
}
