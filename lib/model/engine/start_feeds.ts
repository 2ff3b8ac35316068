import { CACHE_KINDS, cacheName, INPUT_NAMES } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { firstNotFinite, type Tensor } from "../../base/tensor.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { Batch } from "../plan/batch.ts";
import type { Cache } from "../plan/cache.ts";
import { firstPosition, pastPoints, type StartedRun } from "../plan/start.ts";
import { entryName } from "../plan/entry.ts";

/** Returns the number of columns on the left that no row of a batch computes. */
export function skippedColumns({ rows, pads }: Batch, position = 0): number {
  return Math.min(...rows.map((row, r) => pads[r] + firstPosition(position, row.length)));
}

/**
 * Returns the graph inputs of a started run: the residual stream, the heads' outputs if the run starts at
 * `attn.hook_z`, and the keys and values of the positions that are not computed.
 *
 * @param first the index of the batch's first row in the run.
 * @param skipped the number of columns on the left that are not computed.
 */
export function startFeeds(
  { start: { from }, entry: { layer, kind }, sources: all }: StartedRun,
  first: number,
  { rows, columns }: Batch,
  skipped: number,
  architecture: Architecture,
): Record<string, GraphTensor> {
  const sources = all.slice(first, first + rows.length);
  const stream = (name: string) => columnsOf(wholeOf(from, name), sources, columns - skipped, name);
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
        sources,
        columns,
        skipped,
      );
    });
  }
  return feeds;
}

/**
 * Returns the last columns of some rows of an activation [batch, position, …], as [batch × position,
 * features]. Rows are padded on the left, so the last columns of two batches are the same positions.
 */
function columnsOf(
  tensor: Tensor,
  sources: readonly number[],
  columns: number,
  name: string,
): GraphTensor {
  const width = tensor.size("position");
  const features = tensor.data.length / (tensor.size("batch") * width);
  const data = new Float32Array(sources.length * columns * features);
  sources.forEach((source, row) => {
    const end = (source + 1) * width * features;
    data.set(tensor.data.subarray(end - columns * features, end), row * columns * features);
  });
  const bad = firstNotFinite(data);
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected finite numbers at "${name}" to start from but found ${data[bad]}.`,
    );
  }
  return { data, dims: [sources.length * columns, features] };
}

/** Returns the first columns of keys or values [batch, position, kv_head, d_head] as [batch, kv_head, past position, d_head]. */
function pastOf(
  tensor: Tensor,
  sources: readonly number[],
  columns: number,
  past: number,
): GraphTensor {
  const [, width, heads, size] = tensor.shape;
  const block = heads * past * size;
  const data = new Float32Array(sources.length * block);
  const written = new Map<number, number>();
  sources.forEach((source, row) => {
    const same = written.get(source);
    // A sweep starts many rows from one: the block is transposed once and copied for the others.
    if (same !== undefined) return data.copyWithin(row * block, same * block, (same + 1) * block);
    written.set(source, row);
    const first = source * width + width - columns;
    for (let head = 0, at = row * block; head < heads; head++) {
      for (let position = 0; position < past; position++, at += size) {
        const from = ((first + position) * heads + head) * size;
        data.set(tensor.data.subarray(from, from + size), at);
      }
    }
  });
  return { data, dims: [sources.length, heads, past, size] };
}

/** Returns an activation [batch, position, …] of an earlier run. @throws CircuitbookError if positions are missing. */
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
