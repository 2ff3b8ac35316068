import pl from "nodejs-polars";
import { z } from "zod";
import { Meter, throwIfStopped, type Watch } from "../base/progress.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { atLeastOne, checkOptions, watch } from "../base/options.ts";
import { pairsOf, type PartPair } from "./alike.ts";
import { Rows } from "./rows.ts";
import { Sums } from "./sums.ts";

/** Two checkpoints compared, in three tables with the columns that {@link weights} describes. */
export interface WeightComparison {
  /** Every matrix, norm, bias and embedding. */
  readonly matrices: pl.DataFrame;
  /** Every head's Q, K, V and O: `axis` says whether `index` counts heads (`head`) or key/value heads (`kv_head`). */
  readonly heads: pl.DataFrame;
  /** Every neuron's value vector: its row of the MLP's output matrix. */
  readonly valueVectors: pl.DataFrame;
}

/** How two checkpoints are read. */
export interface WeightOptions extends Watch {
  /** About how many numbers of each checkpoint are in memory at once. Default 2²⁰. */
  readonly blockValues?: number;
}

const schema = z.strictObject({ ...watch, blockValues: atLeastOne.optional() });

/**
 * How far each weight moved between two checkpoints of one architecture: tables of every matrix, every head and every MLP
 * value vector.
 *
 * Columns: `layer` (null outside the layers), `component` (`Q`, `down`, …; `value` for value vectors), `index` (of the head or neuron; null for a matrix), `values` (how
 * many numbers), `cosine` (between before and after), `control` (the cosine with the head or vector in front of it *before*:
 * what unmatched ones have), `normBefore`, `normAfter`, `normChange` (after − before), `relativeChange` (of the norm),
 * `distance` (norm of the difference / norm before), `unchanged` (share of numbers that are the same). Matrices have `tensor`,
 * their name after; heads have `axis`. A quotient by zero is null.
 *
 * The files are read side by side in blocks of rows: two checkpoints of any size need little memory, and no session. The
 * measures are those of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV.
 *
 * @throws CircuitbookError naming the first difference when the architectures are unlike; InterruptedError when stopped.
 *
 * @example
 * ```ts
 * import { checkpoints, compare } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [base, tuned] = await Promise.all(
 *   ["countdown-base", "countdown-r1"].map((name) => checkpoints.openCheckpoint(`data/models/${name}`)),
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
  checkOptions(options, schema, "compare.weights");
  throwIfStopped(options.signal);
  const pairs = pairsOf(before, after);
  const { blockValues = 1 << 20 } = options;
  const total = pairs.reduce(
    (sum, { before: { shape: [rows, columns] } }) => sum + rows * columns,
    0,
  );
  const meter = new Meter("compare weights", total, "numbers", options);
  const tables = { matrix: new Rows(), head: new Rows(), "value vector": new Rows() };
  try {
    for (const pair of pairs) {
      for (const sums of await compared(before, after, pair, blockValues, meter)) {
        tables[sums.slicing.kind].add(pair.after, sums);
      }
    }
  } finally {
    meter.end();
  }
  const { matrix, head, "value vector": value } = tables;
  return {
    matrices: matrix.frame("tensor"),
    heads: head.frame("axis", "index"),
    valueVectors: value.frame("index"),
  };
}

/** The sums over every slicing of one tensor, which is read block by block. */
async function compared(
  before: Checkpoint,
  after: Checkpoint,
  { before: one, after: other }: PartPair,
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
