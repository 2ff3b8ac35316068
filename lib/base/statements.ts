/** A statement of a source that an experiment tests. */
export interface Statement {
  /** What the source stated, in a sentence. */
  readonly statement: string;
  /** The number (or words) that the source gave. Default: none. */
  readonly sourceValue?: string | number;
}

/** Statements by section of the source, and by the id of the claim that tests them. */
export type Statements = Readonly<Record<string, Readonly<Record<string, Statement>>>>;
