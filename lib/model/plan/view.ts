/** A batch in one forward pass: its rows, and which token each of its columns is. */
export interface BatchView {
  /** The number of rows in this pass. */
  readonly batch: number;
  /** The number of columns that this pass computes. */
  readonly columns: number;
  /** The number of columns that attention reads: cached columns and the columns of this pass. */
  readonly keyColumns: number;
  /** The padding before the first token of each row, in key columns. */
  readonly pads: readonly number[];
  /** Every token of each row so far, without padding. */
  readonly tokens: readonly (readonly number[])[];
  /** The length of each row's prompt, in tokens. */
  readonly promptLengths: readonly number[];
  /**
   * The length that each row can reach, in tokens: the prompt, and in generation all new tokens.
   */
  readonly finalLengths: readonly number[];
  /** The number in the input of each row of this pass. */
  readonly rowIds: readonly number[];
  /** The number of rows in the input. */
  readonly rowCount: number;
}
