import type { HeadAttention } from "../../heads/attention_to.ts";
import type { Estimate } from "../../stats/intervals.ts";
import type { Grouping } from "./head_sets.ts";

/** The share of right answers from which on accuracy is full. */
const FULL = 0.99;

/** The share of right answers below which accuracy has dropped. */
const DROP = 0.9;

/**
 * The accuracy of a model that always gives the same digit, if each digit is the maximum equally
 * often.
 */
const CHANCE = 0.1;

/**
 * The criteria of the notes on the max-of-list model: each returns whether a measurement is such
 * that a note holds. Notebook 05 applies them to one model, and `notes` to each of ten.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfListStudy.criteria.drops(stats.wilson(700, 1000)), true);
 * ```
 */
export const criteria = {
  /** Accuracy is as good as full: at least 0.99. */
  isFull: (accuracy: number): boolean => accuracy >= FULL,

  /** Accuracy drops: the whole interval lies below 0.9. */
  drops: ({ high }: Pick<Estimate, "high">): boolean => high < DROP,

  /**
   * Two heads from different groups suffice, and two heads from one group do not: the accuracy
   * across groups is full, and the interval of the gap to the accuracy within groups lies above 0.
   */
  formsTwoGroups: ({ across, gap_low }: Pick<Grouping, "across" | "gap_low">): boolean =>
    across >= FULL && gap_low > 0,

  /** A part dominates the answer's logit: its share is above a half. */
  dominates: (share: number): boolean => share > 0.5,

  /** A head adds next to nothing to the answer's logit: its share is below 0.05. */
  isIdle: (share: number): boolean => share < 0.05,

  /**
   * The initial residual stream adds little to the answer's logit: its share is below 0.1 in size.
   */
  addsLittle: (share: number): boolean => Math.abs(share) < 0.1,

  /** A head works alone: it is right in more than half of the lists, by the whole interval. */
  worksAlone: ({ low }: Pick<Estimate, "low">): boolean => low > 0.5,

  /**
   * Heads attend to the maximum: each head gives the maximum more than half of its attention, and
   * more than other positions get; the intervals do not overlap.
   */
  attendToMaximum: (
    heads: readonly Pick<HeadAttention, "attention" | "low" | "chance_high">[],
  ): boolean =>
    heads.every(({ attention }) => attention > 0.5) &&
    Math.min(...heads.map(({ low }) => low)) >
      Math.max(...heads.map(({ chance_high: high }) => high)),

  /**
   * With both scores at zero, accuracy drops further than with either alone, and stays above
   * chance.
   */
  dropsFurther: (both: Estimate, each: readonly Estimate[]): boolean =>
    both.high < Math.min(DROP, ...each.map(({ low }) => low)) && both.low > CHANCE,

  /** One measurement lies below another; the intervals do not overlap. */
  isBelow: (one: Pick<Estimate, "high">, other: Pick<Estimate, "low">): boolean =>
    one.high < other.low,

  /**
   * A small part of the score is enough: accuracy returns at a coefficient above 0 and of at most
   * 0.2.
   */
  comesBackEarly: (scale: number): boolean => scale > 0 && scale <= 0.2,

  /**
   * A position gives its predecessor more than half of its attention if the predecessor is greater,
   * and more than if the predecessor is smaller.
   */
  attendsToGreater: (greater: Pick<Estimate, "low">, smaller: Pick<Estimate, "high">): boolean =>
    greater.low > 0.5 && greater.low > smaller.high,

  /** Numbers are ordered: they rise, or fall, throughout. */
  isOrdered: (numbers: readonly number[]): boolean => {
    const next = numbers.slice(1);
    return next.every((number, i) => number >= numbers[i]) ||
      next.every((number, i) => number <= numbers[i]);
  },

  /**
   * The model does not distinguish the texts: their mean cosine is at least 0.99 and above the
   * control's, and the intervals do not overlap.
   */
  isSame: (cosine: Estimate, control: Estimate): boolean =>
    cosine.value >= FULL && cosine.low > control.high,

  /** Two patterns differ: their cosine is below 0.9. */
  differs: (cosine: number): boolean => cosine < 0.9,

  /** Embeddings are similar: their mean cosine is at least 0.9. */
  isSimilar: (cosine: number): boolean => cosine >= 0.9,
} as const;
