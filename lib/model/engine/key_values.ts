import type { BatchView } from "../plan/view.ts";
import type { SessionFeeds, SessionResults } from "./session.ts";

/** Neighbouring rows of a batch. */
export interface RowRange {
  /** The first row. */
  readonly first: number;
  /** The number of rows. */
  readonly count: number;
}

/** The keys and values of the tokens of a generation so far. */
export interface KeyValues {
  /** Returns the graph inputs of a pass over `columns` new tokens of some neighbouring rows. */
  feeds(columns: number, range: RowRange): Promise<SessionFeeds>;
  /** Takes the keys and values that a pass over some rows has computed. */
  write(results: SessionResults, view: BatchView, range: RowRange): void;
  /** Goes on to the next columns, after every row was written. */
  advance(columns: number): Promise<void>;
  /** Drops all rows of the batch but these. Rows that have ended need no further passes. */
  keepRows(rows: readonly number[]): Promise<void>;
  /** Frees the memory. */
  dispose(): Promise<void>;
}
