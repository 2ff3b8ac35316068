/** The columns of a batch in one forward pass, and which token of its row each of them is. */
export interface BatchView {
  readonly batch: number;
  /** Columns that this pass computes. */
  readonly columns: number;
  /** Columns that attention sees: cached ones and these. */
  readonly keyColumns: number;
  /** Padding before the first token of each row, in key columns. */
  readonly pads: readonly number[];
  /** Every token of each row so far, without padding. */
  readonly tokens: readonly (readonly number[])[];
  /** How many tokens of each row are its prompt. */
  readonly promptLengths: readonly number[];
  /** How many tokens each row may come to have: in a single pass its prompt, while a model writes also what it may write. */
  readonly finalLengths: readonly number[];
  /** Which row of the caller's input each row of this batch is. */
  readonly rowIds: readonly number[];
  /** How many rows the caller's input has. */
  readonly rowCount: number;
}
