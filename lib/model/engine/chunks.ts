import type { Architecture } from "../plan/architecture.ts";
import { type Batch, batchOf } from "../plan/batch.ts";
import { hookPoints, isAttentionGrid, matchPoints } from "../plan/hook_points.ts";
import { skippedColumns } from "./start_feeds.ts";
import { isPerRow, type RoleTap, type Tap } from "../plan/tap.ts";
import type { BatchView } from "../plan/view.ts";

/** Tokens (rows × columns) that are computed together: more do not fit the processor's caches, and make nothing faster. */
const CHUNK_TOKENS = 1280;

/** Neighbouring rows that are run together. */
export interface Chunk {
  readonly first: number;
  readonly rows: readonly (readonly number[])[];
  readonly columns: number;
}

/** Chunks of rows, padded alike or each by itself. */
export function chunksOf(
  rows: readonly (readonly number[])[],
  alike: boolean,
  position?: number,
): Chunk[] {
  const longest = Math.max(...rows.map(({ length }) => length));
  const size = Math.max(
    1,
    Math.floor(CHUNK_TOKENS / (longest - skippedColumns(batchOf(rows, longest), position))),
  );
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => {
    const part = rows.slice(i * size, (i + 1) * size);
    return {
      first: i * size,
      rows: part,
      columns: alike ? longest : Math.max(...part.map(({ length }) => length)),
    };
  });
}

/** Whether what a tap returns has an axis of all columns, as attention has even where a query is chosen. */
export function hasAllColumns({ at, positions }: Tap, architecture: Architecture): boolean {
  return positions === undefined || matchPoints(at, hookPoints(architecture)).some(isAttentionGrid);
}

/** A tap of some of the rows. */
export function tapOfChunk(tap: RoleTap, { first, rows }: Chunk): RoleTap {
  return isPerRow(tap.positions)
    ? { ...tap, positions: tap.positions.slice(first, first + rows.length) }
    : tap;
}

/** The columns of a single pass over some neighbouring rows of an input. */
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
