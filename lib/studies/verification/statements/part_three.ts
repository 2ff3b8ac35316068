import type { HeldStatements } from "../../../base/statements.ts";

/** The statements of Part III of the source: attention heads, by section and by the id of the claim. */
export const partThree: HeldStatements = {
  "Attention Heads": {
    "heads-look": {
      statement: "Some heads attend to the previous occurrences of the correct answer.",
      sourceValue: "29 heads by eye",
    },
    "three-heads": {
      statement: "Silencing as few as three heads stops verification (arXiv 2504.14379).",
      sourceValue: "3 heads",
    },
    "by-attention": {
      statement: "The heads that look at the target most are those that verify.",
      sourceValue: "picked by eye",
    },
    "not-recognised": {
      statement: "Without the heads the model writes the correct answer and does not recognise it.",
      sourceValue: "1 of 1 example",
    },
    "any-ablation": {
      statement: "What is lost does not depend on how the heads are silenced.",
      sourceValue: "zero only",
    },
    "previous-token": {
      statement: "The verification heads are previous-token heads (arXiv 2504.14379).",
      sourceValue: "stated",
    },
  },
  "Relation to MLP Value Vectors": {
    "value-vectors": {
      statement:
        "The value vectors for “success” are no longer activated when the heads are turned off.",
      sourceValue: "a figure",
    },
  },
  "By gradients": {
    "attribution-patching": {
      statement:
        "Attribution patching finds the heads that activation patching finds (Nanda, 2023).",
      sourceValue: "other models",
    },
    "attribution-size": {
      statement: "Attribution patching approximates the effect of each patch (Nanda, 2023).",
      sourceValue: "other models",
    },
    "few-edges": {
      statement: "A small part of a model's edges does a task (arXiv 2310.10348, 2403.17806).",
      sourceValue: "other tasks",
    },
    "integrated-edges": {
      statement:
        "Circuits found with integrated gradients are more faithful than those of plain EAP (arXiv 2403.17806).",
      sourceValue: "other tasks",
    },
  },
};
