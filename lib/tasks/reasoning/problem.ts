/** A problem that a model reasons about, whatever the task: what the recipes for chains of thought need to know of it. */
export interface ReasoningProblem {
  /** What data are split by. */
  readonly id: string;
  /** The text that the chain of thought follows. */
  readonly prompt: string;
  /** The number that the chain comes back to. */
  readonly answer: string;
  /** A chain of thought that was worked out without the model, with the answer after it; where there is one. */
  readonly worked?: string;
  /** Whether what was written after the prompt answers the problem rightly. */
  readonly correct: (completion: string) => boolean;
}

/** A text that a model wrote or read: a prompt and what follows it. */
export interface Chain {
  readonly prompt: string;
  /** The tokens of the whole text. */
  readonly tokens: readonly number[];
}
