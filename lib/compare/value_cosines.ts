import { mean } from "simple-statistics";
import type { Watch } from "../base/progress.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { numberRows } from "../table/rows.ts";
import { weights } from "./weights.ts";

/** How alike the MLPs' value vectors of two checkpoints are. */
export interface ValueCosines {
  /** The mean cosine of each vector before with itself after. */
  readonly mean: number;
  /** The same mean in the layer where it is lowest. */
  readonly lowest: number;
  /** How many vectors. */
  readonly n: number;
}

/**
 * How far training moved what the MLPs write: the cosine of each value vector before and after, on average over all, and in
 * the layer that moved most.
 *
 * The measure is that of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV; the table of every vector is that of {@link weights}.
 *
 * @throws CircuitbookError naming the first difference when the architectures are unlike; InterruptedError when stopped.
 *
 * @example
 * ```ts
 * import { checkpoints, compare } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [base, tuned] = await Promise.all(
 *   ["countdown-base", "countdown-r1"].map((name) => checkpoints.openCheckpoint(`data/models/${name}`)),
 * );
 * const { mean, lowest, n } = await compare.valueCosines(base, tuned);
 * assert(n === 8 * 512 && lowest < mean && mean < 1);
 * ```
 */
export async function valueCosines(
  before: Checkpoint,
  after: Checkpoint,
  watch: Watch = {},
): Promise<ValueCosines> {
  const { valueVectors } = await weights(before, after, watch);
  const byLayer = Map.groupBy(numberRows(valueVectors), ({ layer }) => layer);
  const means = [...byLayer.values()].map((vectors) => mean(vectors.map(({ cosine }) => cosine)));
  return { mean: mean(means), lowest: Math.min(...means), n: valueVectors.height };
}
