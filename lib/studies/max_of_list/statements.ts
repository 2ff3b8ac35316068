import { checkArguments, is } from "../../base/arguments.ts";
import type { Statements } from "../../base/statements.ts";

/** What the claims on single notes have in common: in how many of ten runs does a note hold? */
const inRuns = {
  kind: "source",
  statistic: "training runs in which the note holds",
  unit: "share",
  criterion: { above: 0.5 },
  control: "half of the runs",
  figure: "fig-runs",
} as const;

/** The statements of the notes, by section and by the id of the claim. */
export const statements: Statements = {
  "The notes": {
    "max-redundant-head": {
      ...inRuns,
      statement: "The head that adds least to the answer (“head 1”) is redundant.",
      sourceValue: "stated",
    },
    "max-any-head-can-go": {
      ...inRuns,
      statement: "The model survives any single knock-out.",
      sourceValue: "it seems",
    },
    "max-any-two-can-go": {
      ...inRuns,
      statement: "The model survives any pairwise knock-out.",
      sourceValue: "it seems; then: not within a group",
    },
    "max-two-groups": {
      ...inRuns,
      statement: "Heads form two groups; one head of each is enough, and two of one group are not.",
      sourceValue: "{H0, H1}, {H2, H3}",
      headline: {
        replicates:
          "In most runs of this recipe, heads form two groups, of which one head each is " +
          "enough",
        contradicts:
          "In most runs of this recipe, heads do not form two groups of which one head each is " +
          "enough",
        inconclusive:
          "It is open whether, in most runs of this recipe, heads form two groups, of which " +
          "one head each is enough",
        numbers: ({ own }) => `the note holds in ${own} of the runs`,
      },
    },
    "max-one-head-dominates": {
      ...inRuns,
      statement: "One head makes most of the answer's logit.",
      sourceValue: "65 % (H3)",
      headline: {
        replicates: "In most runs of this recipe, one head makes most of the answer's logit",
        contradicts: "In most runs of this recipe, no one head makes most of the answer's logit",
        inconclusive:
          "It is open whether, in most runs of this recipe, one head makes most of the " +
          "answer's logit",
        numbers: ({ own }) => `the note holds in ${own} of the runs`,
      },
    },
    "max-one-head-is-idle": {
      ...inRuns,
      statement: "One head adds next to nothing.",
      sourceValue: "0.8 % (H1)",
    },
    "max-small-residual": {
      ...inRuns,
      statement: "The initial residual stream adds little.",
      sourceValue: "6 %",
    },
    "max-one-head-alone": {
      ...inRuns,
      statement: "One head on its own can predict correctly.",
      sourceValue: "H2",
    },
    "max-looks-at-the-maximum": {
      ...inRuns,
      statement: "In (at least) two heads ANS attends to the maximum.",
      sourceValue: "H2 and H3",
    },
    "max-drop-at-0-one-head": {
      ...inRuns,
      statement:
        "With the maximum's score at zero in one of the two heads that look at it most, accuracy drops.",
      sourceValue: "64 % and 70 %",
    },
    "max-drop-at-0-both": {
      ...inRuns,
      statement:
        "With the score at zero in both heads accuracy drops further, and stays above chance.",
      sourceValue: "44 %",
    },
    "max-drop-at-0-beyond-control": {
      ...inRuns,
      statement:
        "Zeroing the maximum's score lowers accuracy more than zeroing as many other scores.",
      sourceValue: "no control",
    },
    "max-comes-back": {
      ...inRuns,
      statement: "A small part of the score is enough.",
      sourceValue: "8 % and 17 %",
    },
    "max-not-by-direction": {
      ...inRuns,
      statement: "ANS does not find the maximum by the key's direction alone.",
      sourceValue: "“its not in direction”",
    },
    "max-predecessor": {
      ...inRuns,
      statement:
        "In one head the second position attends a lot to its predecessor when that is greater.",
      sourceValue: "H3",
    },
    "max-norms-in-no-order": {
      ...inRuns,
      statement: "The norms of the value vectors are not ordered by digit.",
      sourceValue: "6 largest; 3, 7 tiny",
    },
    "max-same-values": {
      ...inRuns,
      statement: "The place of the maximum makes no difference to the values of all rows.",
      sourceValue: "0.99",
    },
    "max-same-at-the-end": {
      ...inRuns,
      statement: "The place of the maximum makes no difference at the end.",
      sourceValue: "same",
    },
    "max-one-other-pattern": {
      ...inRuns,
      statement: "The patterns differ with the place of the maximum in one head only.",
      sourceValue: "H3 (0.8)",
    },
    "max-similar-positions": {
      ...inRuns,
      statement: "Positional embeddings are very similar.",
      sourceValue: "stated",
    },
    "max-positions-matter": {
      ...inRuns,
      statement:
        "Positional embeddings matter: with the same embedding at all places accuracy drops.",
      sourceValue: "stated",
      headline: {
        replicates:
          "In most runs of this recipe, accuracy drops if all places get the same positional " +
          "embedding",
        contradicts:
          "In most runs of this recipe, accuracy does not clearly drop if all places get the " +
          "same positional embedding",
        inconclusive:
          "It is open whether, in most runs of this recipe, accuracy drops if all places get " +
          "the same positional embedding",
        numbers: ({ own }) => `the note holds in ${own} of the runs`,
      },
    },
  },
  "Beyond the notes": {
    "max-task": {
      kind: "source",
      statement: "The model says the maximum of five digits.",
      statistic: "right answers on lists of five digits",
      unit: "share",
      criterion: { above: 0.99 },
      control: "99 %",
      figure: "fig-sets",
      sourceValue: "taken for granted",
    },
    "max-resampled": {
      kind: "own",
      statement:
        "Each head contributes: with its output from another list, fewer answers are right than without the head.",
      statistic:
        "right answers with one head's output from another list, the head for which this changes least against zero",
      unit: "share",
      criterion: { below: -0.1 },
      control: "the head at zero",
      figure: "fig-replaced",
      headline: {
        replicates: "Each head contributes to the answer, even one that the model survives without",
        contradicts:
          "With its output from another list, some head costs less than 10 points more of the answers than at zero",
        inconclusive: "It is open whether each head contributes",
        numbers: ({ own, control }) =>
          `for the head with the smallest difference, ${own} of answers are right with its output ` +
          `from another list, and ${control} with the head at zero`,
      },
    },
    "max-zero-is-no-cut": {
      kind: "own",
      statement:
        "A score of zero does not cut the edge: with the edge cut, more answers are wrong.",
      statistic:
        "right answers with the edges from ANS to the maximum cut, in the two heads that look there most",
      unit: "share",
      criterion: { below: -0.05 },
      control: "their scores at zero",
      figure: "cuts",
      headline: {
        replicates: "A score of zero costs fewer right answers than a cut edge",
        contradicts:
          "A cut edge costs less than 5 points more of the right answers than a score of zero",
        inconclusive:
          "It is open whether a score of zero costs fewer right answers than a cut edge",
        numbers: ({ own, control }) =>
          `with the edges from ANS to the maximum cut in two heads ${own} of answers are ` +
          `right, with the scores at zero ${control}`,
      },
    },
    "max-positions-needed": {
      kind: "source",
      statement: "Position doesn't matter in this problem.",
      statistic: "right answers of a model that was trained without positional embeddings",
      unit: "share",
      criterion: { above: 0.95 },
      control: "95 %",
      figure: "fig-positions",
      sourceValue: "stated",
    },
    "max-counterparts": {
      kind: "own",
      statement: "Heads have counterparts in other runs.",
      statistic: "difference between matched heads in what each gets right alone",
      unit: "share",
      criterion: { below: 0 },
      control: "all pairs of heads",
      figure: "fig-counterparts",
      sourceValue: "assumed (“head 1”, “head 3”)",
    },
  },
};

/**
 * Returns the id of the claim on a note.
 *
 * @param note the name of the note, as `notes` has it.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfListStudy.claimOf("one head dominates"), "max-one-head-dominates");
 * ```
 */
export function claimOf(note: string): string {
  checkArguments("claimOf", { note: [note, is.text] });

  return `max-${note.replaceAll(/[^a-z0-9]+/g, "-")}`;
}
