import type { Statements } from "../../../base/statements.ts";

/** The statements of notebook 08: verdicts on a property, where the answer is not in the context. */
export const noAnswer: Statements = {
  "No answer in context": {
    "judged": {
      statement: "The model tells results with the property from results without it.",
      kind: "own",
      statistic: "results with the property that are called right",
      unit: "share",
      criterion: { above: 0.9 },
      control: "results without the property",
      figure: "fig-judged",
      headline: true,
    },
    "comparing-heads": {
      statement:
        "Where nothing can be compared, the heads that compare with a target are not needed.",
      kind: "open",
      statistic: "results with the property that are called right without countdown's heads",
      unit: "share",
      criterion: { above: -0.1 },
      control: "as many random heads",
      figure: "fig-sets",
      sourceValue: "asked in the discussion",
      headline: true,
    },
    "own-heads": {
      statement: "A few heads decide on a property, too.",
      kind: "open",
      statistic: "results with the property that are called right without the property's heads",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-sets",
      headline: true,
    },
    "shared-heads": {
      statement: "The heads that decide on a property also verify against a target.",
      kind: "open",
      statistic: "results that are the target, called right without the property's heads",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-sets",
    },
    "mlps": {
      statement: "An MLP rather than a head knows the property.",
      kind: "open",
      statistic:
        "share of the margin restored by the MLP that restores more here than in countdown",
      unit: "share",
      criterion: { above: 0 },
      control: "the head that does so",
      figure: "fig-components",
      headline: true,
    },
    "probe": {
      statement: "The probe that reads countdown's verdict reads this one, too.",
      kind: "open",
      statistic: "results that countdown's probe reads rightly",
      unit: "share",
      criterion: { above: 0.3 },
      control: "six probes of shuffled labels",
      figure: "fig-probes",
      headline: true,
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
