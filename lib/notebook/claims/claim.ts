import { z } from "zod";
import type { ClaimKind } from "../../base/statements.ts";

/** The four verdicts on a claim. */
export const VERDICTS = ["replicates", "contradicts", "inconclusive", "cannot be tested"] as const;

/** The kinds of claims. */
export const KINDS = ["source", "open", "own"] as const satisfies readonly ClaimKind[];

/**
 * "replicates": the whole interval lies where the criterion asks for. "contradicts": no part of the
 * interval does. "inconclusive": only a part does, there are fewer than five units, or the
 * correction withdraws the verdict. "cannot be tested": the model lacks what the experiment needs.
 */
export type Verdict = typeof VERDICTS[number];

/** The run that a claim was measured in. */
export interface ClaimRun {
  /** The name of the model. */
  model: string;
  /** The SHA-256 of the model's weights. */
  hash: string;
  /** The element type that the model computed in, such as "f32". */
  dtype: string;
  /**
   * The commit of the repository; `-dirty` if files differ from it, and the version outside a
   * repository.
   */
  commit: string;
  /** When the run began, in ISO 8601. */
  date: string;
  /** The seed of the notebook's draws. */
  seed: number;
}

/**
 * One sentence, the statistic that decides it, the criterion that was written before, and what one
 * model shows.
 */
export interface Claim extends ClaimRun {
  /** The claim's own name, unique among the claims of a report, such as `"probe-accuracy"`. */
  id: string;
  /**
   * Whether a source claims it, a source leaves it open, or it is a control or extension of ours.
   */
  kind: ClaimKind;
  /** The source of the statement: a paper, with the section or figure. */
  source: string;
  /** The statement, in a sentence. */
  statement: string;
  /** The value that the source gives, a number or words; "not stated" if it gives none. */
  sourceValue: string | number;
  /** The number that decides, as a noun phrase. */
  statistic: string;
  /** The unit of `value`, `interval`, `own` and `controlValue`. */
  unit: string;
  /** The range in which the interval must lie, in words. */
  criterion: string;
  /** The control with which the number is compared, as a noun phrase. */
  control: string;
  /** The verdict. */
  verdict: Verdict;
  /**
   * The number, or the difference from the control where there is one. Absent if nothing could be
   * measured.
   */
  value?: number;
  /** The ends of the 95 % interval of `value`, the lower one first. */
  interval?: [low: number, high: number];
  /** How many units the number rests on: problems, pairs, runs. */
  n?: number;
  /** The measured value, if `value` is a difference. */
  own?: number;
  /** The value of the control, if `value` is a difference. */
  controlValue?: number;
  /**
   * How many random draws the control has, such as random sets of heads, where the interval is over
   * draws as well.
   */
  draws?: number;
  /**
   * Further observations, and the effect of a correction for several tests; empty if there is
   * nothing to add.
   */
  why: string;
  /** The id of the notebook's cell that draws the number. */
  figure: string;
}

const words = z.string().min(1);

/** Checks a claim, from a cell or from a file. */
export const CLAIM: z.ZodType<Claim> = z.strictObject({
  id: words,
  kind: z.enum(KINDS),
  source: words,
  statement: words,
  sourceValue: z.union([words, z.number()]),
  statistic: words,
  unit: words,
  criterion: words,
  control: words,
  verdict: z.enum(VERDICTS),
  value: z.number().optional(),
  interval: z.tuple([z.number(), z.number()]).optional(),
  n: z.int().nonnegative().optional(),
  own: z.number().optional(),
  controlValue: z.number().optional(),
  draws: z.int().positive().optional(),
  why: z.string(),
  figure: words,
  model: words,
  hash: words,
  // Older files do not record the element type.
  dtype: words.default("not recorded"),
  commit: words,
  date: words,
  seed: z.int(),
});

/**
 * Returns how many claims of each kind got each verdict, in words: "12 of sources: 8 replicates, 3
 * contradicts, 1 inconclusive".
 */
export function countsInWords(claims: readonly Claim[]): string {
  const parts = KINDS.flatMap((kind) => {
    const own = claims.filter((claim) => claim.kind === kind);
    if (own.length === 0) return [];
    const counts = VERDICTS.flatMap((verdict) => {
      const count = own.filter((claim) => claim.verdict === verdict).length;
      return count === 0 ? [] : `${count} ${verdict}`;
    });
    const words = own.length === 1 && kind === "open" ? "open question" : KIND_WORDS[kind];
    return `${own.length} ${words}: ${counts.join(", ")}`;
  });
  return parts.join("; ");
}

/** The name of a kind in a count and in a table. */
export const KIND_WORDS: Readonly<Record<ClaimKind, string>> = {
  source: "of sources",
  open: "open questions",
  own: "of our own",
};
