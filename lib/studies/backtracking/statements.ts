import type { Statements } from "../../base/statements.ts";

/**
 * The kind of the two questions of the discussion, which the discussion asks and does not answer.
 */
const asked = { kind: "open", unit: "share", sourceValue: "asked" } as const;

/** The questions of the discussion as statements, by section and by the id of the claim. */
export const statements: Statements = {
  "inserted mistakes": {
    "claim-accepted": {
      ...asked,
      statement: "A wrong attempt whose stated result is made equal to the target is called right.",
      statistic: "wrong attempts that state the target and are called right",
      criterion: { above: 0.5 },
      control: "the same attempts with their own result",
      figure: "fig-mistakes",
      headline: {
        replicates: "Most wrong attempts that are made to state the target are called right",
        contradicts:
          "Of the wrong attempts that are made to state the target, fewer than half are called " +
          "right for that",
        inconclusive:
          "It is open whether most wrong attempts that are made to state the target are called " +
          "right for that",
        numbers: ({ own, control }) =>
          `${own} are called right, and ${control} with their own results`,
      },
    },
    "loss-rejected": {
      ...asked,
      statement: "A right attempt whose stated result is made different is called wrong.",
      statistic: "right attempts that state another number and are called wrong",
      criterion: { above: 0.5 },
      control: "the same attempts with their own result",
      figure: "fig-mistakes",
    },
    "claim-corrected": {
      ...asked,
      statement: "The model corrects itself after a wrong attempt was made to state the target.",
      statistic: "chains that get over the mistake",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-recovers",
    },
    "loss-corrected": {
      ...asked,
      statement:
        "The model corrects itself after the right attempt was made to state another number.",
      statistic: "chains that come back to the right attempt, or answer rightly",
      criterion: { above: 0 },
      control: "chains that answer rightly after an unchanged wrong attempt",
      figure: "fig-recovers",
    },
    "claim-weakens": {
      ...asked,
      statement:
        "The later a wrong attempt is made to state the target, the weaker the correction.",
      statistic: "change of the corrected share with each attempt before",
      criterion: { below: 0 },
      control: "0, no trend",
      figure: "fig-recovers",
    },
    "loss-weakens": {
      ...asked,
      statement:
        "The later the right attempt is made to state another number, the weaker the correction.",
      statistic: "change of the corrected share with each attempt before",
      criterion: { below: 0 },
      control: "0, no trend",
      figure: "fig-recovers",
    },
    "claim-passes-later": {
      ...asked,
      unit: "logits",
      statement:
        "The later a wrong attempt states the target, the more readily it is called right.",
      statistic: "margin gained with each attempt before",
      criterion: { above: 0 },
      control: "0, and right attempts that state the target",
      figure: "fig-slopes",
    },
    "loss-passes-later": {
      ...asked,
      unit: "logits",
      statement:
        "The later the right attempt states another number, the more readily it is called wrong.",
      statistic: "margin gained with each attempt before",
      criterion: { below: 0 },
      control: "0, and wrong attempts as they are",
      figure: "fig-slopes",
    },
  },
  "arithmetic or comparison": {
    "checks-arithmetic": {
      ...asked,
      statement:
        "The model checks the arithmetic: its verdict follows the expression's true value.",
      statistic: "verdicts that follow the arithmetic where it disagrees with the stated result",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-rules",
      headline: {
        replicates: "The model mostly checks the arithmetic",
        contradicts:
          "Where the stated result is not the expression's value, most verdicts do not follow the " +
          "arithmetic",
        inconclusive: "It is open whether the model mostly checks the arithmetic",
        numbers: ({ own }) =>
          `where stated result and arithmetic disagree, ${own} of the verdicts follow the arithmetic`,
      },
    },
    "first-digit": {
      ...asked,
      kind: "own",
      statement: "A result that differs from the target in the first digit alone is called wrong.",
      statistic: "right attempts with another first digit that are called wrong",
      criterion: { above: 0.5 },
      control: "the same attempts with their own result",
      figure: "fig-digits",
    },
    "last-digit": {
      ...asked,
      kind: "own",
      statement: "A result that differs from the target in the last digit alone is called wrong.",
      statistic: "right attempts with another last digit that are called wrong",
      criterion: { above: 0.5 },
      control: "the same attempts with their own result",
      figure: "fig-digits",
    },
  },
  "answer not in the context": {
    "either-is-enough": {
      ...asked,
      kind: "own",
      statement:
        "A result is called right if the prompt or the earlier verdicts name it, even if the other place names another number.",
      statistic: "right attempts called right where one of the two places names another target",
      criterion: { above: 0.5 },
      control: "both places name another target",
      figure: "fig-conflicts",
    },
    "follows-prompt": {
      ...asked,
      statement:
        "Where the prompt and earlier verdicts name different targets, the verdict follows the prompt.",
      statistic: "verdicts that follow the prompt, in the kind of conflict in which fewer do",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-conflicts",
      headline: {
        replicates:
          "Where the prompt and earlier verdicts name different targets, most verdicts follow " +
          "the prompt",
        contradicts:
          "In at least one kind of conflict between the prompt and earlier verdicts, most " +
          "verdicts do not follow the prompt",
        inconclusive:
          "It is open whether most verdicts follow the prompt where earlier verdicts name " +
          "another target",
        numbers: ({ own }) =>
          `${own} of the verdicts follow the prompt in the kind of conflict in which fewer do`,
      },
    },
    "no-target-in-prompt": {
      ...asked,
      statement: "A right result is called right though only earlier verdicts name the target.",
      statistic: "right attempts called right",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-removed",
      headline: {
        replicates:
          "Earlier verdicts that name the target are enough to recognise most right results",
        contradicts:
          "Earlier verdicts that name the target are not enough to recognise most right " +
          "results",
        inconclusive:
          "It is open whether earlier verdicts that name the target are enough to recognise " +
          "most right results",
        numbers: ({ own }) =>
          `without the prompt's target, ${own} of right results are called right`,
      },
    },
    "no-target-in-context": {
      ...asked,
      statement: "A right result is called right though nothing in the context names the target.",
      statistic: "right attempts called right",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-removed",
      headline: {
        replicates:
          "Most right results are recognised though nothing in the context names the target",
        contradicts:
          "Most right results are not recognised where nothing in the context names the target",
        inconclusive:
          "It is open whether most right results are recognised where nothing in the context " +
          "names the target",
        numbers: ({ own }) => `${own} of right results are called right`,
      },
    },
    "names-from-verdicts": {
      ...asked,
      kind: "own",
      statement:
        "With the target gone from the prompt, the model still names it, from the earlier verdicts.",
      statistic: "verdicts on wrong attempts that name the target",
      criterion: { above: 0.5 },
      control: "the target gone from both places",
      figure: "fig-names",
    },
    "turn-to-copies": {
      ...asked,
      kind: "own",
      unit: "number",
      statement: "The heads that move most turn to the target's copies in earlier verdicts.",
      statistic: "attention gained by the copies, as a part of what the prompt's target lost",
      criterion: { above: 0.5 },
      control: "a number less in the prompt",
      figure: "fig-moves",
    },
    "verifiers-without-prompt": {
      ...asked,
      kind: "own",
      statement:
        "The verification heads are needed, too, where only earlier verdicts name the target.",
      statistic: "right attempts called right without the verification heads",
      criterion: { below: -0.5 },
      control: "all heads",
      figure: "fig-silenced",
    },
    "verifiers-more-without-prompt": {
      ...asked,
      kind: "own",
      statement:
        "Where only earlier verdicts name the target, more is lost without the verification heads than without others.",
      statistic: "right attempts called right without the verification heads",
      criterion: { below: 0 },
      control: "as many random heads",
      figure: "fig-silenced",
    },
  },
};
