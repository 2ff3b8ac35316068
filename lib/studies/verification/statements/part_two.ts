import type { HeldStatements } from "../../../base/statements.ts";

/** The statements of Part II of the source: value vectors, by section and by the id of the claim. */
export const partTwo: HeldStatements = {
  "Good old Logitlens": {
    "lens-success": {
      statement:
        "At “(” before a correct verdict, middle layers say “success”, “OK”, “bingo”, “yes”.",
      sourceValue: "by eye",
    },
    "lens-step-before": {
      statement:
        "Even in the previous timestep, when “(” is predicted, words like “success” show up.",
      sourceValue: "by eye",
    },
    "jacobian-this": {
      statement:
        "Through the Jacobian lens, “this” shows up earlier than in the logit lens, and where an attempt is right.",
      sourceValue: "not tried",
    },
    "jacobian-success": {
      statement:
        "Through the Jacobian lens, words for success show up earlier, and where an attempt is right.",
      sourceValue: "not tried",
    },
    "jacobian-right": {
      statement: "Through the Jacobian lens, a layer tells earlier that an attempt is right.",
      sourceValue: "not tried",
    },
  },
  "Looking at MLP Value Vectors": {
    "values-right": {
      statement: "Value vectors near W[1] show coherent clusters of words for right.",
      sourceValue: "a table of examples",
    },
    "values-wrong": {
      statement: "Value vectors near W[0] show coherent clusters of words for wrong.",
      sourceValue: "a table of examples",
    },
    "values-antipodes": {
      statement: "Sometimes, but not always, antipodes encode the opposite meaning.",
      sourceValue: "ten examples, by eye",
    },
  },
  "Interventions on Value Vectors": {
    "zero-share": {
      statement:
        "Silencing the vectors nearest W[1] (the source's share of each upper layer) makes success words in middle layers less likely.",
      sourceValue: "P(“SUCCESS”) 0.73 → 0.38 in layer 26",
    },
    "zero-fifty": {
      statement:
        "Silencing the vectors nearest W[1] (50 of each) makes success words in middle layers less likely.",
      sourceValue: "P(“SUCCESS”) 0.73 → 0.38 in layer 26",
    },
    "zero-this": {
      statement: "The same makes “this” less likely in the lens of an upper layer (50 of each).",
      sourceValue: "not stated",
    },
    "zero-responsible": {
      statement:
        "These value vectors are responsible for the tokens that show up in the lens (50 of each).",
      sourceValue: "a figure",
    },
    "zero-responsible-this": {
      statement: "These value vectors are responsible for “this” in the lens (50 of each).",
      sourceValue: "a figure",
    },
    "zero-kept": {
      statement: "The model still predicts “this” (50 of each upper layer silenced).",
      sourceValue: "1 of 1 example",
    },
    "zero-both": {
      statement: "Silencing vectors near W[0], too, has a more pronounced effect on success words.",
      sourceValue: "a figure",
    },
    "zero-both-this": {
      statement: "Silencing vectors near W[0], too, has a more pronounced effect on “this”.",
      sourceValue: "a figure",
    },
    "flip-sign": {
      statement: "Where the model says “this”, inactive vectors near W[0] get flipped.",
      sourceValue: "an explanation",
    },
    "flip-promotes": {
      statement: "What vectors near W[0] write there promotes words for right.",
      sourceValue: "an explanation",
    },
  },
  "Conclusion": {
    "reinforce-this": {
      statement: "Value vectors near W reinforce the decision to predict “this”.",
      sourceValue: "seem to",
    },
    "reinforce-not": {
      statement: "Value vectors near W reinforce the decision to predict “not”.",
      sourceValue: "seem to",
    },
    "activations-carry": {
      statement: "The activations of these neurons tell correct attempts from wrong ones.",
      sourceValue: "a figure, in Part III",
    },
    "keys-read-verdict": {
      statement:
        "Something prior to these vectors activates them: their keys read the verdict's direction.",
      sourceValue: "there seems to be",
    },
    "prior-representation": {
      statement: "Without that direction before the MLPs, they no longer tell the verdict.",
      sourceValue: "not tried",
    },
  },
};
