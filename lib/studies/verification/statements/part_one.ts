import type { HeldStatements } from "../../../base/statements.ts";

/** The statements of Part I of the source: probes, and steering with W[1], by section and by the id of the claim. */
export const partOne: HeldStatements = {
  "Linear Probing": {
    "probe-accuracy": {
      statement: "A linear probe reads the coming verdict at “(” with near perfect accuracy.",
      sourceValue: "near perfect",
    },
    "probe-layers": {
      statement: "The probe is near perfect in almost all layers, in each from the 4th (of 36) on.",
      sourceValue: "33 of 36 layers",
    },
  },
  "Linear Probing (left open)": {
    "probe-equals": {
      statement: "The verdict can be read earlier: at the last “=”.",
      sourceValue: "maybe",
    },
    "probe-digit": {
      statement: "The verdict can be read earlier: at the result's last digit.",
      sourceValue: "maybe",
    },
  },
  "What do these vectors encode?": {
    "neighbours-not": {
      statement: "The nearest neighbours of W[0] are words for wrong.",
      sourceValue: "a table of examples",
    },
    "neighbours-this": {
      statement: "The nearest neighbours of W[1] are words for right.",
      sourceValue: "a table of examples",
    },
    "neighbours-languages": {
      statement: "Neighbours of W[0] are often not English, those of W[1] are.",
      sourceValue: "94 % against 25 %",
    },
  },
  "Steering with Verification Vectors": {
    "steer-at-20": {
      statement: "Adding W[1] × 20 makes the model take a wrong attempt for right.",
      sourceValue: "3 of 3 examples",
    },
    "steer-strongly": {
      statement: "Adding W[1] at some scale makes the model take a wrong attempt for right.",
      sourceValue: "3 of 3 examples, at 20",
    },
    "self-correction": {
      statement: "After a steered verdict the model may correct itself and try again.",
      sourceValue: "1 of 3 examples",
    },
    "repeats-parenthesis": {
      statement: "Steering at every later “(” makes the model repeat itself.",
      sourceValue: "1 of 1 example",
    },
    "repeats-token": {
      statement: "Steering at every later token makes the model repeat itself.",
      sourceValue: "1 of 1 example",
    },
  },
  "Additional Thoughts (left open)": {
    "synonyms-explain": {
      statement: "W is a linear combination of synonyms for correct and for incorrect.",
      sourceValue: "probably",
    },
    "synonyms-steer": {
      statement: "Steering with W's combination of synonyms does the same as steering with W.",
      sourceValue: "probably",
    },
    "synonyms-likelihood": {
      statement: "Steering simply increases the likelihood of synonyms of correct.",
      sourceValue: "probably",
    },
    "prompt-exactly": {
      statement: "Prompting with “exactly!” does the same as steering.",
      sourceValue: "probably",
    },
  },
};
