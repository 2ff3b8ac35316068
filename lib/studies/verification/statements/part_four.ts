import type { HeldStatements } from "../../../base/statements.ts";

/** The statements of Part IV of the source: base against R1, by section and by the id of the claim. */
export const partFour: HeldStatements = {
  "Comparing Weights of R1 vs. Base Model": {
    "cosine-value-vectors": {
      statement: "The cosine similarities of value vectors between base and R1 are always 1.",
      sourceValue: 1,
    },
    "cosine-heads": {
      statement: "The cosine similarities of heads (Q, K, V, O) between base and R1 are always 1.",
      sourceValue: 1,
    },
    "norms": {
      statement: "The change in norms is usually less than 1e-5.",
      sourceValue: "usually",
    },
  },
  "Verifying Verification Mechanism in Base Model": {
    "base-verifies": {
      statement: "The base model can say whether R1's attempts are correct.",
      sourceValue: "one example",
    },
    "heads-correct": {
      statement:
        "Without R1's verification heads the base model no longer says Yes to correct attempts.",
      sourceValue: "a figure",
    },
    "heads-wrong": { statement: "Wrong attempts are rejected as before.", sourceValue: "a figure" },
    "same-heads-attention": {
      statement:
        "The verification mechanism of the base model is that of R1: the same heads, by attention.",
      sourceValue: "the same",
    },
    "same-heads-effect": {
      statement:
        "The verification mechanism of the base model is that of R1: the same heads, by effect when silenced.",
      sourceValue: "the same",
    },
    "same-heads-direct": {
      statement:
        "The verification mechanism of the base model is that of R1: the same heads, by direct attribution.",
      sourceValue: "the same",
    },
    "same-heads-patching": {
      statement:
        "The verification mechanism of the base model is that of R1: the same heads, by activation patching.",
      sourceValue: "the same",
    },
    "same-heads-drive": {
      statement:
        "The verification mechanism of the base model is that of R1: the same heads, by drive of value vectors.",
      sourceValue: "the same",
    },
    "value-vectors-probe": {
      statement:
        "The verification mechanism of the base model is that of R1: the same value vectors, by W[1].",
      sourceValue: "the same",
    },
    "value-vectors-added": {
      statement:
        "The verification mechanism of the base model is that of R1: the same value vectors, by what they add.",
      sourceValue: "the same",
    },
    "value-vectors-effect": {
      statement: "The base model needs R1's value vectors to say Yes to correct attempts.",
      sourceValue: "not measured",
    },
  },
};
