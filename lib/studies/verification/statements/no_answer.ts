import type { Statements } from "../../../base/statements.ts";

/**
 * The statements of notebook 08: verdicts on a property, where the answer is not in the context.
 */
export const noAnswer: Statements = {
  "No answer in context": {
    "judged": {
      statement: "The model tells results with the property from results without it.",
      kind: "own",
      statistic: "results with the property that are called right",
      unit: "share",
      // At most 27 results have the property: over so few, no interval lies wholly above 0.9.
      criterion: { above: 0.9 },
      control: "results without the property",
      figure: "fig-judged",
      headline: {
        replicates: "The model tells results with the property from results without it",
        contradicts:
          "The model does not tell results with the property from results without it reliably",
        inconclusive:
          "It is open how reliably the model tells results with the property from results " +
          "without it",
        numbers: ({ own, control }) =>
          `it calls ${own} of the results with the property right, ${control} of the others`,
      },
    },
    "comparing-heads": {
      statement:
        "Where no number in the text is the answer, the heads that compare with a target are not needed.",
      kind: "open",
      statistic: "right results called right, less wrong ones, without countdown's heads",
      unit: "number",
      criterion: { above: -0.2 },
      control: "all heads",
      figure: "fig-sets",
      sourceValue: "asked in the discussion",
      headline: {
        replicates:
          "The model judges a property nearly as well without the heads that compare with a " +
          "target, or better",
        contradicts:
          "Without the heads that compare with a target the model loses more than 0.2 of its " +
          "judgement of a property",
        inconclusive:
          "It is open whether the model judges a property as well without the heads that " +
          "compare with a target",
        numbers: ({ own, control }) =>
          `on a scale from 0, a judge who tells nothing apart, to 1, a perfect judge, the model has ` +
          `${own} without these heads and ${control} with all heads`,
      },
    },
    "own-heads": {
      statement: "A few heads decide on a property, too.",
      kind: "open",
      statistic: "right results called right, less wrong ones, without the property's heads",
      unit: "number",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-sets",
      headline: {
        replicates: "A few heads decide on a property, too",
        contradicts:
          "Silencing a few heads lowers the judgement of a property by less than 0.5 more than " +
          "silencing random heads does",
        inconclusive: "It is open whether a few heads decide on a property",
        numbers: ({ own, control }) =>
          `on a scale from 0, a judge who tells nothing apart, to 1, a perfect judge, the model has ` +
          `${own} without the few heads and ${control} with as many random heads silenced`,
      },
    },
    "shared-heads": {
      statement: "The heads that decide on a property also verify against a target.",
      kind: "open",
      statistic:
        "right results called right, less wrong ones, against the target, without the property's heads",
      unit: "number",
      criterion: { below: -0.5 },
      control: "all heads",
      figure: "fig-sets",
    },
    "shared-heads-more": {
      statement:
        "Verification against a target loses more without the property's heads than without other heads.",
      kind: "open",
      statistic:
        "right results called right, less wrong ones, against the target, without the property's heads",
      unit: "number",
      criterion: { below: 0 },
      control: "as many random heads",
      figure: "fig-sets",
    },
    "mlps": {
      statement:
        "Apart from components that restore both tasks, one MLP restores more of the verdict than all heads of a layer.",
      kind: "open",
      statistic: "share of the margin that the MLP restores",
      unit: "share",
      criterion: { above: 0 },
      control: "the heads of the layer that restores most",
      figure: "fig-components",
      headline: {
        replicates:
          "Apart from components that restore both tasks, the best MLP restores more of the " +
          "verdict than all heads of the best layer",
        contradicts:
          "Apart from components that restore both tasks, all heads of the best layer restore " +
          "at least as much of the verdict as the best MLP",
        inconclusive:
          "It is open whether the best MLP restores more of the verdict than all heads of the " +
          "best layer, apart from components that restore both tasks",
        numbers: ({ own, control }) =>
          `chosen on other pairs, the MLP restores ${own} of the margin, the heads of the layer ` +
          `${control}`,
      },
    },
    "probe-first": {
      statement:
        "Where both verdicts can first be read, countdown's probe does not read the property.",
      kind: "open",
      statistic: "results whose property countdown's probe reads",
      unit: "share",
      criterion: { below: -0.25 },
      control: "the property's own probe",
      figure: "fig-probes",
      headline: {
        replicates:
          "Where both verdicts can first be read, countdown's probe reads the property clearly " +
          "worse than the property's own probe",
        contradicts:
          "Where both verdicts can first be read, countdown's probe reads the property at most 25 " +
          "points worse than the property's own probe",
        inconclusive:
          "It is open whether countdown's probe reads the property, where both verdicts can first " +
          "be read",
        numbers: ({ own, control }) =>
          `countdown's probe reads ${own} of the properties there, the property's own probe ` +
          `${control}`,
      },
    },
    "probe-last": {
      statement: "In the last layer one direction holds both verdicts.",
      kind: "open",
      statistic: "results whose property countdown's probe reads",
      unit: "share",
      criterion: { above: 0.8 },
      control: "one half is chance",
      figure: "fig-probes",
    },
    "neurons": {
      statement: "The neurons that write the verdict on a target write the verdict on a property.",
      kind: "open",
      statistic: "margin that is left without countdown's neurons",
      unit: "share",
      criterion: { below: -0.2 },
      control: "as many random neurons of the same layers",
      figure: "fig-neurons",
    },
  },
};
