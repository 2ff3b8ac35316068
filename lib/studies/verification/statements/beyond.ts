import type { Statements } from "../../../base/statements.ts";

/** The statements of notebook 09: what the sources leave open about verification. */
export const beyond: Statements = {
  "Beyond the sources": {
    "mlps-write": {
      statement: "MLPs rather than heads write the probe's direction at the verdict.",
      kind: "open",
      statistic: "what MLPs write of the difference between right and wrong texts",
      unit: "share",
      criterion: { above: 0 },
      control: "what heads write",
      figure: "fig-writers",
      sourceValue: "Part I's own next step",
      headline: true,
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
      headline: true,
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
      headline: true,
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
      control: "six sets of as many random heads",
      figure: "fig-outcomes",
      headline: true,
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
