import { CACHE_KINDS, cacheName, INPUT_NAMES } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { firstNotFinite, type Tensor } from "../../base/tensor.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { Batch } from "../plan/batch.ts";
import type { Cache } from "../plan/cache.ts";
import { firstPosition, pastPoints, type StartedRun } from "../plan/start.ts";
import { entryName } from "../plan/entry.ts";

/**
 * Returns the number of columns on the left that no row of a batch computes.
 *
 * @param position the first position that is computed; without one, all columns are.
 */
export function skippedColumns({ rows, pads }: Batch, position: number | undefined): number {
  if (position === undefined) return 0;
  return Math.min(...rows.map((row, r) => pads[r] + firstPosition(position, row.length)));
}

/**
 * Returns the graph inputs of a started run: the residual stream, the heads' outputs if the run
 * starts at `attn.hook_z`, and the keys and values of the positions that are not computed.
 *
 * @param first the index of the batch's first row in the run.
 * @param skipped the number of columns on the left that are not computed.
 */
export function startFeeds(
  { start: { from }, entry: { layer, kind }, sources: all }: StartedRun,
  first: number,
  { rows, pads, columns }: Batch,
  skipped: number,
  architecture: Architecture,
): Record<string, GraphTensor> {
  const starts = rows.map((_, row) => ({ source: all[first + row], pad: pads[row] }));
  const stream = (name: string) =>
    columnsOf(wholeOf(from, name), starts, { columns, skipped }, name);
  const feeds: Record<string, GraphTensor> = {
    [INPUT_NAMES.residual]: stream(entryName(layer, kind === "mid" ? "mid" : "pre")),
  };
  if (kind === "z") feeds[INPUT_NAMES.z] = stream(entryName(layer, "z"));
  if (!skipped) return feeds;
  // Behind `hook_z` or `hook_resid_mid` the attention of the first layer has run: it needs no keys.
  for (let later = kind === "pre" ? layer : layer + 1; later < architecture.layers; later++) {
    const names = pastPoints(architecture, later);
    CACHE_KINDS.forEach((kind, i) => {
      feeds[cacheName("past", later, kind)] = pastOf(
        wholeOf(from, names[i]),
        starts,
        { columns, skipped },
      );
    });
  }
  return feeds;
}

/** A row of a started run. */
interface StartRow {
  /** The row of the earlier run that it starts from. */
  readonly source: number;
  /** Its padding on the left, in columns. */
  readonly pad: number;
}

/** The columns of a started run: all, and how many on the left are not computed. */
interface StartColumns {
  readonly columns: number;
  readonly skipped: number;
}

/**
 * Returns the columns of an activation [batch, position, …] that are computed, as [batch ×
 * position, features]. Rows are padded on the left, so the last columns of two batches are the same
 * positions. Only real tokens are copied; padding has zeros.
 */
function columnsOf(
  tensor: Tensor,
  rows: readonly StartRow[],
  { columns, skipped }: StartColumns,
  name: string,
): GraphTensor {
  const width = tensor.size("position");
  const features = tensor.data.length / (tensor.size("batch") * width);
  const computed = columns - skipped;
  const data = new Float32Array(rows.length * computed * features);
  rows.forEach(({ source, pad }, row) => {
    const end = (source + 1) * width * features;
    const tokens = Math.min(computed, columns - pad);
    const real = tensor.data.subarray(end - tokens * features, end);
    data.set(real, ((row + 1) * computed - tokens) * features);
  });
  const bad = firstNotFinite(data);
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected finite numbers at "${name}" to start from but found ${data[bad]}.`,
    );
  }
  return { data, dims: [rows.length * computed, features] };
}

/**
 * Returns the columns of keys or values [batch, position, kv_head, d_head] that are not computed,
 * as [batch, kv_head, past position, d_head]. Only real tokens are copied; padding has zeros.
 */
function pastOf(
  tensor: Tensor,
  rows: readonly StartRow[],
  { columns, skipped }: StartColumns,
): GraphTensor {
  const [, width, heads, size] = tensor.shape;
  const block = heads * skipped * size;
  const data = new Float32Array(rows.length * block);
  const written = new Map<number, number>();
  rows.forEach(({ source, pad }, row) => {
    const same = written.get(source);
    // A sweep starts many rows from one: the block is transposed once and copied for the others.
    if (same !== undefined) return data.copyWithin(row * block, same * block, (same + 1) * block);
    written.set(source, row);
    const first = source * width + width - columns;
    for (let head = 0; head < heads; head++) {
      const start = row * block + head * skipped * size;
      for (let position = pad; position < skipped; position++) {
        const from = ((first + position) * heads + head) * size;
        data.set(tensor.data.subarray(from, from + size), start + position * size);
      }
    }
  });
  return { data, dims: [rows.length, heads, skipped, size] };
}

/**
 * Returns an activation [batch, position, …] of an earlier run.
 *
 * @throws CircuitbookError if positions are missing.
 */
function wholeOf(from: Cache, name: string): Tensor {
  const tensor = from.get(name);
  const width = from.pads[0] + from.tokens[0].length;
  if (
    tensor.axes[0] === "batch" && tensor.axes[1] === "position" && tensor.size("position") === width
  ) return tensor;
  throw new CircuitbookError(
    `Expected "${name}" at all ${width} positions to start from but found ${tensor.describe()}; tap it without positions.`,
  );
}
