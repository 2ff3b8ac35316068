import { z } from "zod";

/** What a source stated and what this model shows. */
export interface Claim {
  /** The claim's own name, unique among the claims of a report, such as `"probe-accuracy"`. */
  id: string;
  /** Where the statement was made: a paper, and the section or figure in it. */
  source: string;
  /** What the source stated, in a sentence. */
  statement: string;
  /** The number (or words) that the source gave; `null` where it gave none. */
  sourceValue: string | number | null;
  /** The number (or words) that was measured on this model; `null` where nothing could be measured. */
  value: string | number | null;
  /** How many cases `value` was measured on; `null` where it is not a count of cases. */
  n: number | null;
  /** The ends of the interval of `value`, the lower one first; `null` where there is none. */
  interval: [low: number, high: number] | null;
  /**
   * Whether the statement holds for this model; `null` where that could not be decided, and "cannot be
   * tested" where the model lacks what the experiment needs.
   */
  holds: boolean | null | typeof UNTESTED;
  /** The criterion, and the control that the value was compared with. */
  why: string;
}

/** The verdict on a claim whose experiment the model cannot take part in. */
export const UNTESTED = "cannot be tested";

const quantity = z.union([z.string(), z.number(), z.null()]);

/** Checks a claim, from a cell or from a file. */
export const CLAIM: z.ZodType<Claim> = z.strictObject({
  id: z.string().min(1),
  source: z.string().min(1),
  statement: z.string().min(1),
  sourceValue: quantity,
  value: quantity,
  n: z.int().nonnegative().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  holds: z.union([z.boolean(), z.null(), z.literal(UNTESTED)]),
  why: z.string(),
});

/**
 * Returns the verdict on a claim in words: "holds", "does not hold", "undecided" or "cannot be tested on
 * this model".
 */
export function verdict({ holds }: Claim): string {
  if (holds === UNTESTED) return "cannot be tested on this model";
  if (holds === null) return "undecided";
  return holds ? "holds" : "does not hold";
}
