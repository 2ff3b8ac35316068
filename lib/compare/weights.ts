import { checkArguments } from "../base/arguments.ts";
import { aCheckpoint } from "../checkpoint/checkpoint.ts";
import { withParts } from "../model/decoder/tensor_parts.ts";
import { architectureOfCheckpoint } from "../model/families/architecture_of.ts";
import { z } from "zod";
import { Meter, throwIfStopped, type Watch } from "../base/progress.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { atLeastOne, checkOptions, watch } from "../base/options.ts";
import type { TableOf } from "../table/table.ts";
import { type MatchedParts, matchedParts } from "./matched_parts.ts";
import { Sums } from "./sums.ts";
import { WeightRows } from "./weight_rows.ts";

/** How far a weight moved: the columns that all tables of {@link weights} have. */
export interface WeightChange {
  /** The layer, from 0; null outside the layers. */
  layer: number | null;
  /** The component: `Q`, `down`, `ln1`, …; `value` for value vectors. */
  component: string;
  /** How many numbers the weight has. */
  values: number;
  /** The cosine of the weight before and after; null if one of them is zero. */
  cosine: number | null;
  /** The norm (L2) before. */
  normBefore: number;
  /** The norm after. */
  normAfter: number;
  /** The norm after minus the norm before. */
  normChange: number;
  /** `normChange` divided by `normBefore`; null if the norm before is zero. */
  relativeChange: number | null;
  /** The norm of the difference divided by the norm before; null if the norm before is zero. */
  distance: number | null;
  /** The share of numbers that are equal before and after. */
  unchanged: number;
}

/** How far a matrix, norm, bias or embedding moved. */
export interface MatrixChange extends WeightChange {
  /** The name of the tensor in the checkpoint after. */
  tensor: string;
}

/** How far a neuron's value vector moved: its row of the MLP's output matrix. */
export interface ValueVectorChange extends WeightChange {
  /** The neuron, from 0. */
  index: number;
  /**
   * The cosine with the vector in front of it before: what unmatched vectors have. Null for the
   * first.
   */
  control: number | null;
}

/** How far the Q, K, V or O matrix of a head moved. */
export interface HeadChange extends WeightChange {
  /** Whether `index` counts heads or key/value heads. */
  axis: "head" | "kv_head";
  /** The head or key/value head, from 0. */
  index: number;
  /**
   * The cosine with the head in front of it before: what unmatched heads have. Null for the first.
   */
  control: number | null;
}

/** How far each weight moved between two checkpoints. */
export interface WeightComparison {
  /** A row for every matrix, norm, bias and embedding. */
  readonly matrices: TableOf<MatrixChange>;
  /** A row for every head's Q, K, V and O. */
  readonly heads: TableOf<HeadChange>;
  /** A row for every neuron's value vector. */
  readonly valueVectors: TableOf<ValueVectorChange>;
}

/** How two checkpoints are read. */
export interface WeightOptions extends Watch {
  /** About how many numbers of each checkpoint are in memory at once. Default 2²⁰. */
  readonly blockValues?: number;
}

const schema = z.strictObject({ ...watch, blockValues: atLeastOne.optional() });

/**
 * Returns how far each weight moved between two checkpoints of one architecture: every matrix,
 * every head and every value vector of the MLPs.
 *
 * Both files are read in blocks of rows, so that checkpoints of any size need little memory and no
 * session. The measures are those of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV.
 *
 * @param before the checkpoint before training.
 * @param after the checkpoint after training.
 * @param options how much is in memory at once.
 * @returns a table of matrices, a table of heads and a table of value vectors.
 * @throws CircuitbookError naming the first difference if the architectures differ, or if a
 * checkpoint with tied embeddings has an unembedding that differs from its embedding.
 * @throws InterruptedError if the comparison is stopped.
 *
 * @example
 * ```ts
 * import { checkpoints, compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [base, tuned] = await Promise.all(
 *   ["countdown-base", "countdown-r1"].map((name) =>
 *     checkpoints.openCheckpoint(`data/models/${name}`)
 *   ),
 * );
 * const { valueVectors, heads } = await compare.weights(base, tuned);
 * assertEquals([valueVectors.height, heads.height], [8 * 512, 8 * (6 + 2 + 2 + 6)]);
 * ```
 */
export async function weights(
  before: Checkpoint,
  after: Checkpoint,
  options: WeightOptions = {},
): Promise<WeightComparison> {
  checkArguments("weights", {
    before: [before, aCheckpoint],
    after: [after, aCheckpoint],
  });

  checkOptions(options, schema, "compare.weights");
  throwIfStopped(options.signal);
  const matched = await matchedParts(before, after);
  const [older, newer] = [before, after].map((checkpoint) =>
    withParts(checkpoint, architectureOfCheckpoint(checkpoint))
  );
  const { blockValues = 1 << 20 } = options;
  const total = matched.reduce(
    (sum, { before: { shape: [rows, columns] } }) => sum + rows * columns,
    0,
  );
  const meter = new Meter("compare weights", total, "numbers", options);
  const rows = {
    matrix: new WeightRows(),
    head: new WeightRows(),
    "value vector": new WeightRows(),
  };
  try {
    for (const parts of matched) {
      for (const sums of await compared(older, newer, parts, blockValues, meter)) {
        rows[sums.slicing.kind].add(parts.after, sums);
      }
    }
  } finally {
    meter.end();
  }
  return {
    matrices: rows.matrix.table("tensor"),
    heads: rows.head.table("axis", "index"),
    valueVectors: rows["value vector"].table("index"),
  };
}

/**
 * Reads one tensor of both checkpoints block by block, and returns the sums over each of its
 * slicings.
 */
async function compared(
  before: Checkpoint,
  after: Checkpoint,
  { before: one, after: other }: MatchedParts,
  blockValues: number,
  meter: Meter,
): Promise<Sums[]> {
  const [rows, columns] = one.shape;
  const isVector = before.tensors.get(one.tensor)!.shape.length === 1;
  const all = one.slicings.map((slicing) => new Sums(slicing));
  const most = Math.max(...all.map(({ lead }) => lead));
  const step = Math.max(1, most, Math.floor(blockValues / columns));
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(rows, from + step);
    const lead = Math.min(most, from);
    const [old, now] = await Promise.all([
      before.read(one.tensor, isVector ? undefined : { from: from - lead, to }),
      after.read(other.tensor, isVector ? undefined : { from, to }),
    ]);
    for (const sums of all) {
      sums.add({ columns, from, rows: to - from, before: old, after: now, lead });
    }
    await meter.advance((to - from) * columns);
  }
  return all;
}
