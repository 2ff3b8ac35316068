import { mean } from "simple-statistics";
import { checkArguments, is } from "../base/arguments.ts";
import { aCheckpoint } from "../checkpoint/checkpoint.ts";
import type { Watch } from "../base/progress.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { rowsOf } from "../table/table.ts";
import { weights } from "./weights.ts";

/** How similar the value vectors of two checkpoints are. */
export interface ValueCosines {
  /** The mean cosine between each vector before and after. */
  readonly mean: number;
  /** The mean cosine of the layer where it is lowest. */
  readonly lowest: number;
  /** The number of vectors. */
  readonly n: number;
}

/**
 * Returns how far training moved what the MLPs write: the mean cosine of value vectors before and
 * after, over all layers and in the layer that moved most. {@link weights} has a row for each
 * vector.
 *
 * The measure is that of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV.
 *
 * @param before the checkpoint before training.
 * @param after the checkpoint after training.
 * @param watch the signal that stops the comparison, and the listener for its progress.
 * @returns the mean cosines, and the number of vectors.
 * @throws CircuitbookError naming the first difference if the architectures differ.
 * @throws InterruptedError if the comparison is stopped.
 *
 * @example
 * ```ts
 * import { checkpoints, compare } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [base, tuned] = await Promise.all(
 *   ["countdown-base", "countdown-r1"].map((name) =>
 *     checkpoints.openCheckpoint(`data/models/${name}`)
 *   ),
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
  checkArguments("valueCosines", {
    before: [before, aCheckpoint],
    after: [after, aCheckpoint],
    watch: [watch, is.object],
  });

  const { valueVectors } = await weights(before, after, watch);
  // A vector of zeros has no direction.
  const byLayer = Map.groupBy(rowsOf(valueVectors), ({ layer }) => layer);
  const means = [...byLayer.values()].map((vectors) =>
    mean(vectors.map(({ cosine }) => cosine).filter((cosine) => cosine !== null))
  );
  return { mean: mean(means), lowest: Math.min(...means), n: valueVectors.height };
}
