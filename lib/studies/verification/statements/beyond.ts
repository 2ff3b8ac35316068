import type { Statements } from "../../../base/statements.ts";

/** The statements of notebook 09: what the sources leave open about verification. */
export const beyond: Statements = {
  "Beyond the sources": {
    "not-yet-linear": {
      statement: "An MLP reads the verdict in a layer in which linear probes do not.",
      kind: "open",
      statistic: "accuracy of MLPs in the layer in which they are furthest ahead",
      unit: "share",
      criterion: { above: 0.1 },
      control: "linear probes in this layer",
      figure: "fig-linear",
      sourceValue: "asked by reviewers (arXiv 2504.14379)",
      headline: {
        replicates:
          "In some layer an MLP reads over 10 points more of the verdicts than a linear probe does",
        contradicts:
          "Even where MLPs are furthest ahead of linear probes, MLPs read less than 10 points " +
          "more of the verdicts",
        inconclusive:
          "It is open whether in some layer an MLP reads over 10 points more of the verdicts than " +
          "a linear probe does",
        numbers: ({ own, control }) =>
          `in the layer chosen on other pairs an MLP reads ${own} of the verdicts, a linear ` +
          `probe ${control}`,
      },
    },
    "more-than-surface": {
      statement: "The linear probe on the stream reads more than linear probes on tokens do.",
      kind: "own",
      statistic: "accuracy of linear probes on the stream",
      unit: "share",
      criterion: { above: 0.1 },
      control: "linear probes on tokens, the best of them",
      figure: "fig-surface",
      sourceValue: "asked by reviewers (arXiv 2504.14379)",
    },
    "early-reading": {
      statement:
        "What a linear probe reads of a chain's attempts in early layers is not the verdict alone: in matched pairs the probe reads less.",
      kind: "own",
      statistic:
        "accuracy of linear probes in the layer in which MLPs are furthest ahead, in chains",
      unit: "share",
      criterion: { above: 0.1 },
      control: "matched pairs",
      figure: "fig-surface",
    },
    "mlps-write": {
      statement: "MLPs rather than heads write the probe's direction at the verdict.",
      kind: "open",
      statistic: "what MLPs write of the difference between right and wrong texts",
      unit: "share",
      criterion: { above: 0 },
      control: "what heads write",
      figure: "fig-writers",
      sourceValue: "Part I's own next step",
      headline: {
        replicates: "MLPs write more of the probe's direction than heads do",
        contradicts: "Heads write at least as much of the probe's direction as MLPs do",
        inconclusive: "It is open whether MLPs or heads write more of the probe's direction",
        numbers: ({ own, control }) =>
          `of the difference between right and wrong texts MLPs write ${own}, heads ${control}`,
      },
    },
    "from-weights": {
      statement:
        "The heads that verify are found by how well their weights fit the keys of the neurons that write the verdict.",
      kind: "source",
      statistic: "right results still called right without the heads that fit best",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-fit",
      sourceValue: "inter-layer channels (arXiv 2504.14379)",
      headline: {
        replicates:
          "Heads that verify are found by the fit of their weights to the neurons that write " +
          "the verdict",
        contradicts:
          "Silencing the heads whose weights best fit the neurons that write the verdict costs " +
          "less than half of the verdicts on right results beyond what silencing random heads " +
          "costs",
        inconclusive:
          "It is open whether heads that verify are found by the fit of their weights to the " +
          "neurons that write the verdict",
        numbers: ({ own, control }) =>
          `${own} of right results are called right without the heads that fit best, ` +
          `${control} with as many random heads silenced`,
      },
    },
    "antipode-flips": {
      statement:
        "Value vectors near one verdict get flipped: the neurons write more antipodes before the verdict that the antipodes name.",
      kind: "source",
      statistic: "negative coefficients before the verdict that the antipode names",
      unit: "share",
      criterion: { above: 0.05 },
      control: "before the other verdict",
      figure: "fig-antipodes",
      sourceValue: "an explanation (Part II)",
    },
    "antipode-written": {
      statement:
        "Before the verdict that it names, the antipode is what these neurons write on balance.",
      kind: "source",
      statistic: "length written along the antipode, mean of the neurons",
      unit: "number",
      criterion: { above: 0 },
      control:
        "0: value vectors and antipodes cancel; and what is written before the other verdict",
      figure: "fig-antipodes",
      sourceValue: "an explanation (Part II)",
    },
    "probe-by-head": {
      statement:
        "The verdict can be read from the verification heads rather than from other heads.",
      kind: "own",
      statistic: "accuracy of probes on the output of the verification heads",
      unit: "share",
      criterion: { above: 0.1 },
      control: "the other heads of the same layers",
      figure: "fig-head-probes",
    },
    "sufficient": {
      statement:
        "The verification heads are enough: their clean outputs in a corrupted run bring the verdict back.",
      kind: "own",
      statistic: "share of the margin restored by the heads together",
      unit: "share",
      criterion: { above: 0.5 },
      control: "as many random heads",
      figure: "fig-sufficient",
      headline: {
        replicates:
          "The verification heads alone bring back at least half of the verdict more than random " +
          "heads do",
        contradicts:
          "The verification heads alone bring back less than half of the verdict beyond what " +
          "random heads bring back",
        inconclusive:
          "It is open whether the verification heads alone bring back half of the verdict more " +
          "than random heads do",
        numbers: ({ own, control }) =>
          `the outputs of these heads from the right text restore ${own} of the margin in the wrong ` +
          `text, the outputs of as many random heads ${control}`,
      },
    },
    "indirect": {
      statement: "The verification heads work through later layers and not on the logits directly.",
      kind: "own",
      statistic: "share of the margin that their direct paths to the logits restore",
      unit: "share",
      criterion: { below: 0.1 },
      control: "none: the paths are all of their direct effect",
      figure: "fig-sufficient",
    },
    "go-past": {
      statement: "Without the heads, chains go past right results.",
      kind: "own",
      statistic: "problems with a right result that is written and not recognised",
      unit: "share",
      criterion: { above: 0.3 },
      control: "as many random heads, drawn anew for each problem",
      figure: "fig-outcomes",
      headline: {
        replicates:
          "Without the verification heads, many more chains go past right results than with " +
          "random heads silenced",
        contradicts:
          "Without the verification heads, chains go past right results in less than 30 points " +
          "more of the problems than with random heads silenced",
        inconclusive:
          "It is open whether many more chains go past right results without the verification " +
          "heads than with random heads silenced",
        numbers: ({ own, control }) =>
          `a right result is written and not recognised in ${own} of the problems, in ` +
          `${control} with random heads silenced`,
      },
    },
    "converge": {
      statement: "The verdicts converge to one form while the model is tuned.",
      kind: "source",
      statistic: "verdicts in the final form at the last tenth of the updates",
      unit: "share",
      criterion: { above: 0.5 },
      control: "the first tenth",
      figure: "fig-converge",
      sourceValue: "seen by eye (Part I)",
    },
  },
};
