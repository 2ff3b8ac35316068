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
  /** Returns the graph inputs of a pass over some neighbouring rows. */
  feeds(range: RowRange): Promise<SessionFeeds>;
  /**
   * Takes the keys and values that a pass has returned. The passes over the rows of a batch come in
   * their order.
   */
  write(results: SessionResults): void;
  /** Goes on to the next columns, after every row was written. */
  advance(columns: number): Promise<void>;
  /** Drops all rows of the batch but these. Rows that have ended need no further passes. */
  keepRows(rows: readonly number[]): Promise<void>;
  /** Frees the memory. */
  dispose(): Promise<void>;
}
