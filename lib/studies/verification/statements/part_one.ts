import type { Statements } from "../../../base/statements.ts";

/**
 * The statements of Part I of the source: probes, and steering with W[1], by section and by the id
 * of the claim.
 */
export const partOne: Statements = {
  "Linear Probing": {
    "probe-accuracy": {
      statement: "A linear probe reads the coming verdict at “(” with near perfect accuracy.",
      kind: "source",
      statistic: "accuracy on held-out problems, at the middle of the upper third",
      unit: "share",
      criterion: { above: 0.95 },
      control: "95 %; shuffled labels are in the figure",
      figure: "fig-probes",
      sourceValue: "near perfect",
    },
    "probe-layers": {
      statement: "The probe is near perfect in almost all layers, in each from the 4th (of 36) on.",
      kind: "source",
      statistic: "accuracy on held-out problems, in the worst layer from that depth on",
      unit: "share",
      criterion: { above: 0.95 },
      control: "95 %",
      figure: "fig-probes",
      sourceValue: "33 of 36 layers",
    },
    "probe-equals": {
      statement: "The verdict can be read earlier: at the last “=”.",
      kind: "open",
      statistic: "accuracy at the last “=”, at the middle of the upper third",
      unit: "share",
      criterion: { above: 0.05 },
      control: "the most frequent label",
      figure: "fig-places",
      sourceValue: "maybe",
    },
    "probe-digit": {
      statement: "The verdict can be read earlier: at the result's last digit.",
      kind: "open",
      statistic: "accuracy at the last digit, at the middle of the upper third",
      unit: "share",
      criterion: { above: 0.05 },
      control: "the most frequent label",
      figure: "fig-places",
      sourceValue: "maybe",
      headline: {
        replicates: "The verdict can be read before it is written, at the result's last digit",
        contradicts:
          "At the result's last digit a probe reads less than 5 points more of the verdicts than " +
          "always saying the more frequent one",
        inconclusive: "It is open whether the verdict can be read at the result's last digit",
        numbers: ({ own, control }) =>
          `a probe there reads ${own} of the verdicts, always saying the more frequent one ` +
          `gets ${control}`,
      },
    },
  },
  "What do these vectors encode?": {
    "neighbours-not": {
      statement:
        "The nearest neighbours of W[0], in the upper third of the layers, are words for wrong.",
      kind: "source",
      statistic: "words for wrong among the ten tokens nearest to W[0]",
      unit: "share",
      criterion: { above: 0.1 },
      control: "random directions in the same layers",
      figure: "fig-neighbours",
      sourceValue: "a table of examples",
    },
    "neighbours-this": {
      statement:
        "The nearest neighbours of W[1], in the upper third of the layers, are words for right.",
      kind: "source",
      statistic: "words for right among the ten tokens nearest to W[1]",
      unit: "share",
      criterion: { above: 0.1 },
      control: "random directions in the same layers",
      figure: "fig-neighbours",
      sourceValue: "a table of examples",
      headline: {
        replicates: "In the upper third of the layers, words for right gather around W[1]",
        contradicts:
          "In the upper third of the layers, words for right are less than 10 points more of the " +
          "tokens near W[1] than of those near random directions",
        inconclusive: "It is open whether words for right gather around W[1]",
        numbers: ({ own, control }) =>
          `${own} of the ten nearest tokens are on the list, ${control} beside random directions`,
      },
    },
    "neighbours-languages": {
      statement: "Neighbours of W[0] are often not English; neighbours of W[1] usually are.",
      kind: "source",
      statistic: "tokens near W[0] that are not plain ASCII",
      unit: "share",
      criterion: { above: 0.1 },
      control: "tokens near W[1]",
      figure: "fig-neighbours",
      sourceValue: "94 % against 25 %",
    },
  },
  "Steering with Verification Vectors": {
    "steer-at-20": {
      statement:
        "Adding W[1] × 20, the source's scale, makes the model take a wrong attempt for right.",
      kind: "source",
      statistic: "wrong attempts called right with W[1] × 20",
      unit: "share",
      criterion: { above: 0.5 },
      control: "random vectors × 20",
      figure: "fig-doses",
      sourceValue: "3 of 3 examples",
    },
    "steer-strongly": {
      statement: "Adding W[1] at some dose makes the model take a wrong attempt for right.",
      kind: "source",
      statistic: "wrong attempts called right at the dose that was chosen on other problems",
      unit: "share",
      criterion: { above: 0.5 },
      control: "random vectors of that length",
      figure: "fig-doses",
      sourceValue: "3 of 3 examples, at 20",
      headline: {
        replicates: "Adding W[1] turns most verdicts",
        contradicts:
          "Adding W[1] turns fewer than half of the verdicts beyond those that random vectors " +
          "turn",
        inconclusive:
          "It is open whether adding W[1] turns most verdicts beyond those that random vectors " +
          "turn",
        numbers: ({ own, control }) =>
          `${own} of wrong attempts are called right at the dose that was chosen on other ` +
          `attempts, ${control} with random vectors of the same length`,
      },
    },
    "verdict-kept": {
      statement:
        "A dose just large enough to turn the first word of most verdicts turns the whole verdicts.",
      kind: "own",
      statistic:
        "verdicts that say right to their end, of those that begin so, at the smallest dose at which half begin so",
      unit: "share",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-doses",
    },
    "self-correction": {
      statement: "After a steered verdict the model may correct itself and try again.",
      kind: "source",
      statistic: "chains that call the attempt right and then try again",
      unit: "share",
      criterion: { above: 0.05 },
      control: "one in twenty",
      figure: "fig-onward",
      sourceValue: "1 of 3 examples",
      headline: {
        replicates: "After a turned verdict the model sometimes corrects itself",
        contradicts:
          "After a turned verdict the model corrects itself in less than 5 % of the chains",
        inconclusive:
          "It is open whether the model sometimes corrects itself after a turned verdict",
        numbers: ({ own }) =>
          `of the chains that call a wrong attempt right after the addition, ${own} try again`,
      },
    },
    "repeats-parenthesis": {
      statement: "Steering at every later “(” makes the model repeat itself.",
      kind: "source",
      statistic: "texts that repeat themselves, steered at every later “(”",
      unit: "share",
      criterion: { above: 0.1 },
      control: "steered at every third “(”",
      figure: "fig-repeats",
      sourceValue: "1 of 1 example",
    },
    "repeats-token": {
      statement: "Steering at every later token makes the model repeat itself.",
      kind: "source",
      statistic: "texts that repeat themselves, steered at every later token",
      unit: "share",
      criterion: { above: 0.1 },
      control: "steered at every third “(”",
      figure: "fig-repeats",
      sourceValue: "1 of 1 example",
    },
  },
  "Additional Thoughts": {
    "synonyms-explain": {
      statement:
        "The synonyms for correct and for incorrect explain more of W[1] than random tokens do.",
      kind: "open",
      statistic: "share of W[1]'s squared length in the span of the synonyms' unembeddings",
      unit: "share",
      criterion: { above: 0.1 },
      control: "as many random tokens",
      figure: "fig-span",
      sourceValue: "probably",
    },
    "synonyms-random": {
      statement: "The synonyms' part of W[1] steers better than the part along random tokens.",
      kind: "own",
      statistic: "wrong attempts called right with the part of W[1] in the span of the synonyms",
      unit: "share",
      criterion: { above: 0.1 },
      control: "the part in the span of as many random tokens, at its own best dose",
      figure: "fig-words",
      headline: {
        replicates: "Words for right and wrong carry more of W[1]'s effect than random tokens do",
        contradicts:
          "The part of W[1] along words for right and wrong does not turn at least 10 points more " +
          "of the verdicts than the part along random tokens",
        inconclusive:
          "It is open whether words for right and wrong carry more of W[1]'s effect than " +
          "random tokens do",
        numbers: ({ own, control }) =>
          `${own} of wrong attempts are called right with the part in the span of the words, ` +
          `${control} with the part in the span of as many random tokens`,
      },
    },
    "synonyms-steer": {
      statement: "Steering with W's combination of synonyms does the same as steering with W.",
      kind: "open",
      statistic: "wrong attempts called right, each vector at its own best dose",
      unit: "share",
      criterion: { above: -0.1 },
      control: "W[1]",
      figure: "fig-words",
      sourceValue: "probably",
    },
    "synonyms-likelihood": {
      statement: "Steering simply increases the likelihood of synonyms of correct.",
      kind: "open",
      statistic:
        "wrong attempts called right with the mean of words for right minus words for wrong, at its own best dose",
      unit: "share",
      criterion: { above: -0.1 },
      control: "W[1]",
      figure: "fig-words",
      sourceValue: "probably",
    },
    "beyond-words": {
      statement: "The part of W[1] outside the span of the synonyms steers as strongly as W[1].",
      kind: "own",
      statistic: "wrong attempts called right with the rest of W[1], at its own best dose",
      unit: "share",
      criterion: { above: -0.1 },
      control: "W[1]",
      figure: "fig-words",
    },
    "prompt-exactly": {
      statement: "Prompting with “exactly!” does the same as steering.",
      kind: "open",
      statistic: "chains that answer after “exactly!”",
      unit: "share",
      criterion: { above: -0.1 },
      control: "chains that answer after W[1]",
      figure: "fig-prompt",
      sourceValue: "probably",
    },
    "prompt-says-so": {
      statement: "“exactly!” works by what it says: another word does not.",
      kind: "own",
      statistic: "chains that answer after “exactly!”, where the word makes chains answer at all",
      unit: "share",
      criterion: { above: 0.1 },
      control: "chains that answer after “wrong!”",
      figure: "fig-prompt",
    },
  },
};
