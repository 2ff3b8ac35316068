/** A problem that a model reasons about, whatever the task is. */
export interface ReasoningProblem {
  /** The id by which data are split. */
  readonly id: string;
  /** The text before the chain of thought. */
  readonly prompt: string;
  /** The number that the chain comes back to. */
  readonly answer: string;
  /**
   * A chain of thought that no model wrote, with the answer after it; `undefined` if there is none.
   */
  readonly worked?: string;
  /** Returns whether a completion of the prompt answers the problem correctly. */
  readonly correct: (completion: string) => boolean;
}

/** A text that a model wrote or is to read. */
export interface Chain {
  /** The start of the text. */
  readonly prompt: string;
  /** The token ids of the whole text. */
  readonly tokens: readonly number[];
}
