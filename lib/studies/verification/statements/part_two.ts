import type { Statements } from "../../../base/statements.ts";

/**
 * The statements of Part II of the source: value vectors, by section and by the id of the claim.
 */
export const partTwo: Statements = {
  "Good old Logitlens": {
    "lens-success": {
      statement:
        "At “(” before a correct verdict, middle layers say “success”, “OK”, “bingo”, “yes”.",
      kind: "source",
      statistic: "probability of words for right, in the middle layer chosen on other problems",
      unit: "share",
      criterion: { above: 0.02 },
      control: "wrong attempts",
      figure: "fig-lens",
      sourceValue: "by eye",
      headline: {
        replicates: "Middle layers already hold words for success before a correct verdict",
        contradicts:
          "In middle layers, words for success are less than 2 points more probable before a " +
          "correct verdict than before a wrong one",
        inconclusive:
          "It is open whether middle layers hold words for success before a correct verdict",
        numbers: ({ own, control }) =>
          `words for right have a probability of ${own} in the logit lens at right attempts, ` +
          `and ${control} at wrong ones`,
      },
    },
    "lens-step-before": {
      statement:
        "Even in the previous timestep, when “(” is predicted, words like “success” show up.",
      kind: "source",
      statistic: "probability of words for right one token before “(”, in the layer chosen there",
      unit: "share",
      criterion: { above: 0.02 },
      control: "wrong attempts",
      figure: "fig-lens",
      sourceValue: "by eye",
    },
    "jacobian-right": {
      statement: "Through the Jacobian lens, a layer tells earlier that an attempt is right.",
      kind: "own",
      statistic: "layers by which the Jacobian lens is ahead of the logit lens",
      unit: "layers",
      criterion: { above: 0 },
      control: "0, and random matrices as far from the identity",
      figure: "fig-jacobian",
    },
    "jacobian-success": {
      statement: "What the Jacobian lens shows of success tells right attempts from wrong ones.",
      kind: "own",
      statistic:
        "right attempts with a word for success in the ten first, at the logit lens's layer",
      unit: "share",
      criterion: { above: 0.2 },
      control: "wrong attempts",
      figure: "fig-jacobian",
    },
  },
  "Looking at MLP Value Vectors": {
    "values-right": {
      statement: "Value vectors near W[1] show coherent clusters of words for right.",
      kind: "source",
      statistic: "words for right among the ten tokens nearest to a value vector near W[1]",
      unit: "words",
      criterion: { above: 0 },
      control: "random neurons of the same layers",
      figure: "fig-words",
      sourceValue: "a table of examples",
      headline: {
        replicates:
          "Value vectors near W[1] write more words for right than random value vectors do",
        contradicts:
          "Value vectors near W[1] write no more words for right than random value vectors do",
        inconclusive:
          "It is open whether value vectors near W[1] write more words for right than random " +
          "value vectors do",
        numbers: ({ own, control }) =>
          `of the ten tokens nearest to a value vector near W[1], ${own} are on the list; of those ` +
          `nearest to a random one, ${control}`,
      },
    },
    "values-wrong": {
      statement: "Value vectors near W[0] show coherent clusters of words for wrong.",
      kind: "source",
      statistic: "words for wrong among the ten tokens nearest to a value vector near W[0]",
      unit: "words",
      criterion: { above: 0 },
      control: "random neurons of the same layers",
      figure: "fig-words",
      sourceValue: "a table of examples",
    },
    "values-antipodes": {
      statement: "Sometimes antipodes encode the opposite meaning.",
      kind: "source",
      statistic: "clusters near W whose antipode is a cluster of the opposite meaning",
      unit: "share",
      criterion: { above: 0 },
      control: "antipodes of random neurons that are a cluster of either meaning",
      figure: "fig-words",
      sourceValue: "ten examples, by eye",
    },
  },
  "Interventions on Value Vectors": {
    "zero-share": {
      statement:
        "Silencing the vectors nearest W[1] (the source's share of each upper layer) makes success words less likely.",
      kind: "source",
      statistic:
        "change of log P(right words) − log P(wrong words) in the lens, one layer after the silenced ones",
      unit: "nats",
      criterion: { below: 0 },
      control: "as many random neurons",
      figure: "fig-silenced",
      sourceValue: "P(“SUCCESS”) 0.73 → 0.38 in layer 26",
    },
    "zero-fifty": {
      statement:
        "Silencing the vectors nearest W[1] (50 of each upper layer) makes success words less likely.",
      kind: "source",
      statistic:
        "change of log P(right words) − log P(wrong words) in the lens, one layer after the silenced ones",
      unit: "nats",
      criterion: { below: 0 },
      control: "as many random neurons",
      figure: "fig-silenced",
      sourceValue: "P(“SUCCESS”) 0.73 → 0.38 in layer 26",
      headline: {
        replicates:
          "Silencing the 50 neurons nearest to W[1] in each upper layer leaves words for " +
          "success less likely against words for failure than silencing random neurons does",
        contradicts:
          "Silencing the 50 neurons nearest to W[1] in each upper layer leaves words for " +
          "success no less likely against words for failure than silencing random neurons does",
        inconclusive:
          "It is open whether silencing the 50 neurons nearest to W[1] in each upper layer " +
          "leaves words for success less likely against words for failure than silencing " +
          "random neurons does",
        numbers: ({ own, control }) =>
          `log P(right) − log P(wrong) changes by ${own}, and by ${control} with as many ` +
          "random neurons silenced",
      },
    },
    "zero-responsible": {
      statement:
        "These value vectors are responsible for the tokens: silencing them lowers success words more than silencing the neurons that write most.",
      kind: "own",
      statistic:
        "change of log P(right words) − log P(wrong words) in the lens, one layer after the silenced ones, 50 of each",
      unit: "nats",
      criterion: { below: 0 },
      control: "as many of the neurons that write most",
      figure: "fig-silenced",
    },
    "zero-kept": {
      statement: "The model still predicts “this” (50 of each upper layer silenced).",
      kind: "source",
      statistic: "right attempts that are still called right",
      unit: "share",
      criterion: { above: 0.9 },
      control: "90 %",
      figure: "fig-silenced",
      sourceValue: "1 of 1 example",
    },
    "zero-both": {
      statement: "Silencing vectors near W[0], too, has a more pronounced effect on success words.",
      kind: "source",
      statistic:
        "change of log P(right words) − log P(wrong words) in the lens, one layer after the silenced ones, half near W[1] and half near W[0]",
      unit: "nats",
      criterion: { below: 0 },
      control: "as many neurons near W[1] alone",
      figure: "fig-silenced",
      sourceValue: "a figure",
    },
    "flip-sign": {
      statement: "Where the model says “this”, inactive vectors near W[0] get flipped.",
      kind: "source",
      statistic: "negative activations near W[0] before “this”",
      unit: "share",
      criterion: { above: 0.05 },
      control: "before “not”",
      figure: "fig-flips",
      sourceValue: "an explanation",
    },
    "flip-promotes": {
      statement: "What vectors near W[0] write before “this” promotes words for right.",
      kind: "source",
      statistic: "written along W[1] by neurons near W[0] before “this”",
      unit: "number",
      criterion: { above: 0 },
      control: "0, and what the neurons write before “not”",
      figure: "fig-flips",
      sourceValue: "an explanation",
    },
  },
  "Conclusion": {
    "reinforce-this": {
      statement: "Value vectors near W reinforce the decision to predict “this”.",
      kind: "source",
      statistic: "change of logit(this) − logit(not) at right attempts, 50 of each kind silenced",
      unit: "logits",
      criterion: { below: 0 },
      control: "as many random neurons",
      figure: "fig-reinforce",
      sourceValue: "seem to",
    },
    "reinforce-not": {
      statement: "Value vectors near W reinforce the decision to predict “not”.",
      kind: "source",
      statistic: "change of logit(not) − logit(this) at wrong attempts, 50 of each kind silenced",
      unit: "logits",
      criterion: { below: 0 },
      control: "as many random neurons",
      figure: "fig-reinforce",
      sourceValue: "seem to",
    },
    "activations-carry": {
      statement:
        "These neurons are more active before their own verdict: near W[1] before “this”, near W[0] before “not”.",
      kind: "source",
      statistic:
        "neurons with an AUC of 0.9 or more for their own verdict, the less of W[1] and W[0]",
      unit: "share",
      criterion: { above: 0 },
      control: "random neurons of the same layers",
      figure: "fig-auc",
      sourceValue: "a figure, in Part III",
      headline: {
        replicates:
          "The activation tells the verdict in a larger share of the neurons near W[1], and " +
          "near W[0], than of random neurons",
        contradicts:
          "The activation tells the verdict in no larger share of the neurons near W[1], or " +
          "near W[0], than of random neurons",
        inconclusive:
          "It is open whether the activation tells the verdict in a larger share of the " +
          "neurons near W[1], and near W[0], than of random neurons",
        numbers: ({ own, control }) =>
          `of the kind that tells less, ${own} tell the verdicts apart with an AUC of 0.9 or more, ` +
          `and ${control} of random neurons`,
      },
    },
    "keys-read-verdict": {
      statement:
        "Something prior to these vectors activates them: their keys lie nearer to the verdict's direction than those of random neurons.",
      kind: "open",
      statistic:
        "|cosine| of the gate's key with the verdict's direction, the less of W[1] and W[0]",
      unit: "number",
      criterion: { above: 0 },
      control: "random neurons of the same layers",
      figure: "fig-keys",
      sourceValue: "there seems to be",
    },
    "prior-representation": {
      statement:
        "With the verdict's direction removed before the MLPs, fewer neurons near W tell the verdict.",
      kind: "open",
      statistic: "neurons that tell the verdict, the direction taken out",
      unit: "share",
      criterion: { below: -0.25 },
      control: "a random direction taken out",
      figure: "fig-prior",
      sourceValue: "not tried",
    },
    "neurons-need-heads": {
      statement:
        "The verification heads drive the neurons near W: without the heads, fewer neurons tell the verdict.",
      kind: "own",
      statistic: "neurons near W that tell the verdict, without the verification heads",
      unit: "share",
      criterion: { below: -0.25 },
      control: "as many random heads",
      figure: "fig-heads",
      headline: {
        replicates: "The verification heads drive the neurons near W",
        contradicts:
          "Without the verification heads, less than 25 points fewer of the neurons near W tell " +
          "the verdict than with random heads silenced",
        inconclusive: "It is open whether the verification heads drive the neurons near W",
        numbers: ({ own, control }) =>
          `${own} of the neurons tell the verdict without the heads, ${control} with as many ` +
          "random heads silenced",
      },
    },
  },
};
