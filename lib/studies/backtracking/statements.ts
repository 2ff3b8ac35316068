import type { HeldStatements } from "../../base/statements.ts";

/** The questions of the discussion as statements, by section and by the id of the claim. */
export const statements: HeldStatements = {
  "inserted mistakes": {
    "claim-accepted": {
      statement: "A wrong attempt whose stated result is made equal to the target is called right.",
      sourceValue: "asked",
    },
    "loss-rejected": {
      statement: "A right attempt whose stated result is made different is called wrong.",
      sourceValue: "asked",
    },
    "claim-corrected": {
      statement: "The model corrects itself after a wrong attempt was made to state the target.",
      sourceValue: "asked",
    },
    "loss-corrected": {
      statement:
        "The model corrects itself after the right attempt was made to state another number.",
      sourceValue: "asked",
    },
    "claim-weakens": {
      statement:
        "The later a wrong attempt is made to state the target, the weaker the correction.",
      sourceValue: "asked",
    },
    "loss-weakens": {
      statement:
        "The later the right attempt is made to state another number, the weaker the correction.",
      sourceValue: "asked",
    },
    "claim-passes-later": {
      statement:
        "The later a wrong attempt states the target, the more readily it is called right.",
      sourceValue: "asked",
    },
    "loss-passes-later": {
      statement:
        "The later the right attempt states another number, the more readily it is called wrong.",
      sourceValue: "asked",
    },
  },
  "arithmetic or comparison": {
    "checks-arithmetic": {
      statement:
        "The model checks the arithmetic: its verdict follows the expression's true value.",
      sourceValue: "asked",
    },
    "first-digit": {
      statement: "A result that differs from the target in the first digit alone is called wrong.",
    },
    "last-digit": {
      statement: "A result that differs from the target in the last digit alone is called wrong.",
    },
  },
  "answer not in the context": {
    "follows-prompt": {
      statement:
        "Where the prompt and earlier verdicts name different targets, the verdict follows the prompt.",
      sourceValue: "asked",
    },
    "no-target-in-prompt": {
      statement: "A right result is called right though only earlier verdicts name the target.",
      sourceValue: "asked",
    },
    "no-target-in-context": {
      statement: "A right result is called right though nothing in the context names the target.",
      sourceValue: "asked",
    },
    "names-from-verdicts": {
      statement:
        "With the target gone from the prompt, the model still names it, from the earlier verdicts.",
    },
    "turn-to-copies": {
      statement: "The heads that move most turn to the target's copies in earlier verdicts.",
    },
    "movers-recognise": {
      statement: "Without the heads that move most, right results are no longer called right.",
    },
    "movers-without-copy": {
      statement: "Once the copy is gone, these heads have less to do with the verdict.",
    },
  },
};
