import type { Architecture } from "../plan/architecture.ts";
import { type Batch, batchOf } from "../plan/batch.ts";
import { hookPoints, isAttentionGrid, matchPoints } from "../plan/hook_points.ts";
import { skippedColumns } from "./start_feeds.ts";
import { isPerRow } from "../plan/positions.ts";
import type { RoleTap, Tap } from "../plan/tap.ts";
import type { BatchView } from "../plan/view.ts";
import { longestOf } from "../../base/lists.ts";

/**
 * The most tokens (rows × columns) of one pass. More tokens do not fit the processor's caches, and
 * are not faster.
 */
export const CHUNK_TOKENS = 1280;

/**
 * The most bytes of tapped activations of one pass. These activations are in memory twice, as ONNX
 * Runtime's and as a tensor.
 */
const CHUNK_BYTES = 256e6;

/** Neighbouring rows that are run in one pass. */
export interface Chunk {
  /** The index of the first row in the caller's input. */
  readonly first: number;
  readonly rows: readonly (readonly number[])[];
  /** The number of columns to which the rows are padded. */
  readonly columns: number;
}

/**
 * Divides rows into chunks.
 *
 * @param padsToLongest whether every chunk is padded to the longest row of all chunks (true) or to
 * its own longest row (false). Taps with an axis of columns need true, because their tensors are
 * joined along the batch.
 * @param tappedBytes the size in bytes of the tapped activations of all rows.
 * @param position the first position that is computed, if a run starts after the first position.
 */
export function chunksOf(
  rows: readonly (readonly number[])[],
  padsToLongest: boolean,
  tappedBytes: number,
  position?: number,
): Chunk[] {
  const longest = longestOf(rows);
  const columns = longest - skippedColumns(batchOf(rows, longest), position);
  // Without taps, rowsInBytes is Infinity, and CHUNK_TOKENS alone limits the chunk.
  const rowsInBytes = CHUNK_BYTES / (tappedBytes / rows.length);
  const size = Math.max(1, Math.floor(Math.min(CHUNK_TOKENS / columns, rowsInBytes)));
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => {
    const part = rows.slice(i * size, (i + 1) * size);
    return {
      first: i * size,
      rows: part,
      columns: padsToLongest ? longest : longestOf(part),
    };
  });
}

/**
 * Returns whether the tensor of a tap has an axis as long as the padded rows: the positions, unless
 * some are selected, or the keys of an attention grid.
 */
export function hasAllColumns({ at, positions }: Tap, architecture: Architecture): boolean {
  return positions === undefined ||
    matchPoints(at, hookPoints(architecture)).some(isAttentionGrid);
}

/** Returns a tap for the rows of a chunk: a list of positions for each row is cut to these rows. */
export function tapOfChunk(tap: RoleTap, { first, rows }: Chunk): RoleTap {
  return isPerRow(tap.positions)
    ? { ...tap, positions: tap.positions.slice(first, first + rows.length) }
    : tap;
}

/**
 * Returns the view of a forward pass that computes whole rows.
 *
 * @param first the index of the batch's first row in the caller's input.
 * @param rowCount the number of rows in the caller's input.
 * @param skipped the number of columns on the left that an earlier run computed.
 */
export function viewOf(
  { rows, pads, columns }: Batch,
  first: number,
  rowCount: number,
  skipped: number,
): BatchView {
  return {
    batch: rows.length,
    columns: columns - skipped,
    keyColumns: columns,
    pads,
    tokens: rows,
    promptLengths: rows.map((row) => row.length),
    finalLengths: rows.map((row) => row.length),
    rowIds: rows.map((_, row) => first + row),
    rowCount,
  };
}
