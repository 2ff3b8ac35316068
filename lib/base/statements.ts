/**
 * The origin of a statement: a source claims it, a source leaves it open, or it is a control or
 * extension of ours.
 */
export type ClaimKind = "source" | "open" | "own";

/** The range in which the whole interval of a statistic must lie for a statement to replicate. */
export type Criterion =
  | { readonly above: number }
  | { readonly below: number }
  | { readonly between: readonly [low: number, high: number] };

/**
 * A statement that an experiment tests, with everything that is fixed before the result is known.
 */
export interface Statement {
  /** The statement, in one sentence. */
  readonly statement: string;
  /** The origin of the statement. */
  readonly kind: ClaimKind;
  /**
   * The number that decides, as a noun phrase: "right results still recognised without the heads".
   */
  readonly statistic: string;
  /** The unit of the number: "share", "logits", "layers". */
  readonly unit: string;
  /**
   * Where the interval of the number has to lie. With a control, the number is the difference from
   * the control.
   */
  readonly criterion: Criterion;
  /** What the number is compared with, as a noun phrase: "as many random heads". */
  readonly control: string;
  /** The id of the notebook's cell that draws the number. */
  readonly figure: string;
  /** The value that the source gives, a number or words. Default: "not stated". */
  readonly sourceValue?: string | number;
  /**
   * The finding under the title of the notebook, in words for each verdict. Default: the result is
   * no finding.
   */
  readonly headline?: Headline;
}

/**
 * What a finding says: a clause for each verdict that an interval can give, and the numbers behind
 * the clause.
 */
export interface Headline {
  /** What the result shows if the statement replicates: a main clause without a full stop. */
  readonly replicates: string;
  /** What the result shows if the statement is contradicted: a main clause that is true then. */
  readonly contradicts: string;
  /** What the result leaves open if the statement is neither: "It is open whether …". */
  readonly inconclusive: string;
  /**
   * Returns the numbers in words, a clause that follows a colon: "8 % without the heads, 96 %
   * without random heads".
   */
  readonly numbers: (result: ResultWords) => string;
}

/** The numbers of a result with their units, such as "88 %". */
export interface ResultWords {
  /**
   * The number that decides: the difference from the control, or the measured number if no control
   * was measured.
   */
  readonly value: string;
  /** The measured number. */
  readonly own: string;
  /** The control's number; the statement's words for the control if no control was measured. */
  readonly control: string;
}

/** Statements by section of the source, and by the id of the claim that tests them. */
export type Statements = Readonly<Record<string, Readonly<Record<string, Statement>>>>;
