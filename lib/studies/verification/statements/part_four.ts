import type { Statements } from "../../../base/statements.ts";

/**
 * The statements of Part IV of the source: base against R1, by section and by the id of the claim.
 */
export const partFour: Statements = {
  "Comparing Weights of R1 vs. Base Model": {
    "cosine-value-vectors": {
      statement: "The cosine similarities of value vectors between base and R1 are always 1.",
      kind: "source",
      statistic: "value vectors whose cosine rounds to 1.000",
      unit: "share",
      criterion: { above: 0.999 },
      control: "all vectors are compared; neighbours are in the figure",
      figure: "fig-cosines",
      sourceValue: 1,
      headline: {
        replicates: "Tuning turns hardly any value vector",
        contradicts: "Tuning turns some of the value vectors",
        inconclusive: "It is open whether tuning turns value vectors",
        numbers: ({ own }) =>
          `the cosine of base and R1 rounds to 1.000 for ${own} of the value vectors`,
      },
    },
    "cosine-heads": {
      statement: "The cosine similarities of heads (Q, K, V, O) between base and R1 are always 1.",
      kind: "source",
      statistic: "heads' weights whose cosine rounds to 1.000",
      unit: "share",
      criterion: { above: 0.999 },
      control: "all heads are compared; neighbours are in the figure",
      figure: "fig-cosines",
      sourceValue: 1,
    },
    "norms": {
      statement: "The change in norms is usually less than 1e-5.",
      kind: "source",
      statistic: "vectors whose norm changes by less than 1e-5",
      unit: "share",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-norms",
      sourceValue: "usually",
    },
  },
  "Verifying Verification Mechanism in Base Model": {
    "base-verifies": {
      statement: "The base model can say whether R1's attempts are correct.",
      kind: "source",
      statistic: "questions whose more probable answer is the right one",
      unit: "share",
      criterion: { above: 0.9 },
      control: "90 %",
      figure: "fig-answers",
      sourceValue: "one example",
    },
    "heads-correct": {
      statement:
        "Without R1's verification heads the base model no longer says Yes to correct attempts.",
      kind: "source",
      statistic: "P(Yes) for correct attempts without R1's verification heads",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-answers",
      sourceValue: "a figure",
      headline: {
        replicates: "The base model needs R1's verification heads to say Yes to correct attempts",
        contradicts:
          "Silencing R1's verification heads lowers the base model's P(Yes) for correct " +
          "attempts by less than 50 points more than silencing random heads does",
        inconclusive:
          "It is open whether the base model needs R1's verification heads to say Yes to " +
          "correct attempts",
        numbers: ({ own, control }) =>
          `P(Yes) is ${own} without these heads, ${control} with as many random heads silenced`,
      },
    },
    "heads-wrong": {
      statement: "Without R1's verification heads the base model rejects wrong attempts as before.",
      kind: "source",
      statistic: "P(Yes) for wrong attempts without R1's verification heads",
      unit: "share",
      criterion: { below: 0.1 },
      control: "as many random heads",
      figure: "fig-answers",
      sourceValue: "a figure",
    },
    "r1-heads-in-base": {
      statement: "The base model's verdict in the same chains needs R1's verification heads.",
      kind: "own",
      statistic: "right results that the base model calls right without R1's heads",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-across",
      headline: {
        replicates: "In the same chains, the base model's verdict needs R1's verification heads",
        contradicts:
          "In the same chains, silencing R1's verification heads costs less than half of the " +
          "base model's verdicts on right results beyond what silencing random heads costs",
        inconclusive:
          "It is open whether the base model's verdict needs R1's verification heads in the " +
          "same chains",
        numbers: ({ own, control }) =>
          `the base model calls ${own} of right results right without these heads, ${control} ` +
          "with as many random heads silenced",
      },
    },
    "base-heads-in-r1": {
      statement: "R1's verdict needs the base model's own verification heads.",
      kind: "own",
      statistic: "right results that R1 calls right without the base model's heads",
      unit: "share",
      criterion: { below: -0.5 },
      control: "as many random heads",
      figure: "fig-across",
    },
    "same-heads-chains": {
      statement: "The same heads carry the verdict in both models, in the same chains.",
      kind: "own",
      statistic: "Spearman's correlation, over heads, of what patching restores in both models",
      unit: "number",
      criterion: { above: 0.5 },
      control: "0, heads in random order",
      figure: "fig-patching",
    },
    "same-heads-answers": {
      statement: "The base model and R1 verify with the same heads.",
      kind: "source",
      statistic:
        "Spearman's correlation, over heads, of what patching restores of R1's verdict and of the base model's Yes",
      unit: "number",
      criterion: { above: 0.5 },
      control: "0, heads in random order",
      figure: "fig-patching",
      sourceValue: "the same",
      headline: {
        replicates: "Patching ranks the heads of the base model and of R1 alike",
        contradicts:
          "Patching ranks the heads of the base model otherwise than those of R1, at least in part",
        inconclusive: "It is open whether patching ranks the heads of both models alike",
        numbers: ({ own }) =>
          `the ranks of the heads, by what patching each head restores in either model, correlate ` +
          `at ${own}`,
      },
    },
    "value-vectors-probe": {
      statement: "The same value vectors lie along the probe's direction in both models.",
      kind: "source",
      statistic: "Spearman's correlation, over neurons, of the cosines with W[1] in both models",
      unit: "number",
      criterion: { above: 0.5 },
      control: "random directions in place of the base model's W[1]",
      figure: "vectors-claims",
      sourceValue: "the same",
    },
    "value-vectors-effect": {
      statement: "The base model needs the neurons that add most to R1's “this” to say Yes.",
      kind: "own",
      statistic: "part of the base model's margin that is left without R1's neurons",
      unit: "share",
      criterion: { below: -0.25 },
      control: "as many random neurons of the same layers",
      figure: "fig-vectors",
      headline: {
        replicates: "To say Yes, the base model needs the neurons that add most to R1's “this”",
        contradicts:
          "Silencing the neurons that add most to R1's “this” costs the base model less than a " +
          "quarter of its margin for Yes, beyond what silencing random neurons costs",
        inconclusive:
          "It is open how much the base model needs the neurons that add most to R1's “this” " +
          "to say Yes",
        numbers: ({ own, control }) =>
          `${own} of the margin for Yes is left without these neurons, ${control} with as many ` +
          "random neurons silenced",
      },
    },
  },
};
