import type { Statements } from "../../../base/statements.ts";

/**
 * The statements of Part III of the source: attention heads, by section and by the id of the claim.
 */
export const partThree: Statements = {
  "Attention Heads": {
    "three-heads": {
      statement: "Silencing a few heads stops verification (three in arXiv 2504.14379).",
      kind: "source",
      statistic: "right results still called right without the heads",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-validation",
      sourceValue: "3 heads (6 in the conference version)",
      headline: {
        replicates:
          "Without its verification heads the model no longer recognises most right results",
        contradicts:
          "Silencing the verification heads costs less than half of the verdicts on right " +
          "results beyond what silencing random heads costs",
        inconclusive: "It is open whether silencing the verification heads stops verification",
        numbers: ({ own, control }) =>
          `${own} of right results are still called right without these heads, ${control} with as ` +
          "many random heads silenced",
      },
    },
    "wrong-as-before": {
      statement: "Without the heads wrong results are rejected as before.",
      kind: "own",
      statistic: "wrong results called right without the heads",
      unit: "share",
      criterion: { below: 0.1 },
      control: "as many random heads",
      figure: "fig-validation",
    },
    "any-ablation": {
      statement: "What is lost does not depend on how the heads are silenced.",
      kind: "own",
      statistic: "right results still called right with mean or resample ablation",
      unit: "share",
      criterion: { between: [-0.15, 0.15] },
      control: "zero ablation",
      figure: "fig-validation",
    },
    "arithmetic-kept": {
      statement: "The heads verify and do not compute: without them results are still computed.",
      kind: "own",
      statistic: "results that are computed with the heads silenced from the last = on",
      unit: "share",
      criterion: { above: -0.1 },
      control: "as many random heads",
      figure: "fig-validation",
    },
    "heads-look": {
      statement: "Some heads attend to the previous occurrences of the correct answer.",
      kind: "source",
      statistic: "attention to the target of the head that looks there most",
      unit: "share",
      criterion: { above: 0.1 },
      control: "as many other positions",
      figure: "fig-attention",
      sourceValue: "29 heads by eye",
    },
    "verifiers-look": {
      statement: "The heads that verify attend to the target themselves.",
      kind: "open",
      statistic:
        "attention to the target of the verification head with least, where it is silenced",
      unit: "share",
      criterion: { above: 0.1 },
      control: "as many other positions",
      figure: "fig-attention",
      sourceValue: "heads were picked by what they attend to",
      headline: {
        replicates: "The verification heads look at the target themselves",
        contradicts:
          "Some verification head gives the target less than 10 points more of its attention " +
          "than as many other positions",
        inconclusive: "It is open whether the verification heads look at the target themselves",
        numbers: ({ own, control }) =>
          `the head that looks there least gives the target ${own} of its attention, and ` +
          `${control} to as many other positions`,
      },
    },
    "by-attention": {
      statement: "The heads that look at the target most are those that verify.",
      kind: "source",
      statistic: "right results still called right without the heads that look most",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-sets",
      sourceValue: "picked by eye",
      headline: {
        replicates:
          "Without the heads that look at the target most, most right results are no longer " +
          "recognised",
        contradicts:
          "Silencing the heads that look at the target most costs less than half of the " +
          "verdicts on right results beyond what silencing random heads costs",
        inconclusive:
          "It is open whether verification stops without the heads that look at the target most",
        numbers: ({ own, control }) =>
          `${own} of right results are called right without these heads, ${control} with as many ` +
          "random heads silenced",
      },
    },
    "not-recognised": {
      statement: "Without the heads the model writes the correct answer and does not recognise it.",
      kind: "source",
      statistic: "written results that are the target and are closed by “this”",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-written",
      sourceValue: "1 of 1 example",
      headline: {
        replicates:
          "Without the verification heads the model goes past most of the right results that " +
          "it writes",
        contradicts:
          "Without the verification heads the model goes past fewer than half of the right " +
          "results that it writes, beyond those that it goes past with random heads silenced",
        inconclusive:
          "It is open whether the model goes past most of the right results that it writes " +
          "without the verification heads",
        numbers: ({ own, control }) =>
          `it closes ${own} of the right results with “this”, ${control} with as many random ` +
          "heads silenced",
      },
    },
    "previous-token": {
      statement: "The verification heads are previous-token heads (arXiv 2504.14379).",
      kind: "source",
      statistic: "attention to the token before, of the verification head with least",
      unit: "share",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-kinds",
      sourceValue: "stated",
    },
  },
  "Relation to MLP Value Vectors": {
    "value-vectors": {
      statement:
        "The value vectors for “success” are no longer activated when the heads are turned off.",
      kind: "source",
      statistic: "what the neurons near W[1] write along it (wrong results 0, right results 1)",
      unit: "number",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-neurons",
      sourceValue: "a figure",
      headline: {
        replicates: "The neurons nearest to W[1] need the verification heads",
        contradicts:
          "Silencing the verification heads costs the neurons nearest to W[1] less than half of " +
          "their activity beyond what silencing random heads costs",
        inconclusive: "It is open whether the neurons nearest to W[1] need the verification heads",
        numbers: ({ own, control }) =>
          `on a scale from 0 (wrong results) to 1 (right results) the neurons write ${own} along ` +
          `W[1] without these heads, ${control} with random heads silenced`,
      },
    },
  },
  "By gradients": {
    "attribution-patching": {
      statement:
        "Attribution patching finds the heads that activation patching finds (Nanda, 2023).",
      kind: "source",
      statistic:
        "heads among the tenth that patching puts first that the estimate puts among its own first tenth",
      unit: "share",
      criterion: { above: 0.5 },
      control: "heads in random order",
      figure: "fig-gradients",
      sourceValue: "other models",
    },
    "attribution-size": {
      statement: "Attribution patching approximates the effect of each patch (Nanda, 2023).",
      kind: "source",
      statistic: "slope of the estimated over the measured effect of a head",
      unit: "number",
      criterion: { between: [0.5, 2] },
      control: "1, equal sizes",
      figure: "fig-gradients",
      sourceValue: "other models",
    },
    "few-edges": {
      statement: "A tenth of a model's edges does a task (arXiv 2310.10348, 2403.17806).",
      kind: "source",
      statistic: "margin of unseen pairs that a tenth of the edges restores",
      unit: "share",
      criterion: { above: 0.5 },
      control: "as many random edges",
      figure: "fig-edges",
      sourceValue: "other tasks",
    },
    "integrated-edges": {
      statement:
        "Circuits found with integrated gradients are more faithful than those of plain EAP (arXiv 2403.17806).",
      kind: "source",
      statistic: "distance of the restored margin from the whole, mean over sizes",
      unit: "share",
      criterion: { below: 0 },
      control: "plain EAP",
      figure: "fig-edges",
      sourceValue: "other tasks",
    },
  },
};
