import type { Statements } from "../../base/statements.ts";

/** The statements of the note on steering, by section and by the id of the claim. */
export const statements: Statements = {
  "Main result": {
    "repeats": {
      statement: "Correct chains of thought usually repeat the solution many times.",
      kind: "source",
      statistic: "right chains that state the solution in three sentences or more",
      unit: "share",
      criterion: { above: 0.5 },
      control: "one half",
      figure: "fig-example",
      sourceValue: "usually",
    },
    "ends": {
      statement: "Adding the vector ends responses.",
      kind: "source",
      statistic: "chains that end after the first statement, at the dose chosen on other chains",
      unit: "share",
      criterion: { above: 0.5 },
      control: "random vectors of that length",
      figure: "fig-ends",
      sourceValue: "fewer than 0.5 have not ended",
      headline: {
        replicates: "Adding the vector ends most chains of thought",
        contradicts:
          "Adding the vector ends fewer than half of the chains of thought beyond those that " +
          "random vectors end",
        inconclusive:
          "It is open whether adding the vector ends most chains of thought beyond those that " +
          "random vectors end",
        numbers: ({ own, control }) =>
          `${own} of chains stop after the first statement of the answer, ${control} with ` +
          "random vectors of the same length",
      },
    },
    "prolongs": {
      statement: "Subtracting the vector prolongs responses.",
      kind: "source",
      statistic: "chains that go on after the last statement, at the dose chosen on other chains",
      unit: "share",
      criterion: { above: 0.5 },
      control: "random vectors of that length",
      figure: "fig-goes-on",
      sourceValue: "more than 0.5 go on",
      headline: {
        replicates: "Subtracting the vector prolongs most chains of thought",
        contradicts:
          "Subtracting the vector prolongs fewer than half of the chains of thought beyond " +
          "those that random vectors prolong",
        inconclusive:
          "It is open whether subtracting the vector prolongs most chains of thought beyond " +
          "those that random vectors prolong",
        numbers: ({ own, control }) =>
          `${own} of chains go on after the last statement of the answer, ${control} with ` +
          "random vectors of the same length",
      },
    },
    "beyond-next-token": {
      statement: "The vector prolongs responses by more than the token that comes next.",
      kind: "own",
      statistic: "chains that go on with the vector without its part along the next tokens",
      unit: "share",
      criterion: { above: 0.1 },
      control: "random vectors of that length",
      figure: "fig-goes-on",
      headline: {
        replicates: "The vector prolongs by more than the token that comes next",
        contradicts:
          "Without its part along the next tokens, the vector prolongs less than 10 points more " +
          "of the chains than random vectors do",
        inconclusive:
          "It is open whether the vector prolongs by more than the token that comes next",
        numbers: ({ own, control }) =>
          `without its part along the next tokens ${own} of chains go on, ${control} with ` +
          "random vectors",
      },
    },
    "words-ends": {
      statement: "The vector of word problems ends responses to countdown problems, too.",
      kind: "source",
      statistic: "countdown chains that end with the vector of worked word problems",
      unit: "share",
      criterion: { above: 0 },
      control: "random vectors of that length",
      figure: "fig-transfer",
      sourceValue: "preliminary: it works on other tasks",
    },
    "words-prolongs": {
      statement: "The vector of word problems prolongs responses to countdown problems, too.",
      kind: "source",
      statistic: "countdown chains that go on with the vector of worked word problems",
      unit: "share",
      criterion: { above: 0 },
      control: "random vectors of that length",
      figure: "fig-transfer",
      sourceValue: "preliminary: it works on other tasks",
    },
    "transfers-ends": {
      statement: "The vector works on other kinds of countdown problems, too: it ends responses.",
      kind: "source",
      statistic: "chains that end with the vectors of other kinds of problems",
      unit: "share",
      criterion: { above: 0 },
      control: "random vectors of that length",
      figure: "fig-transfer",
      sourceValue: "preliminary: it works on other tasks",
    },
    "worse-ends": {
      statement:
        "On other kinds of countdown problems the vector ends fewer responses than a vector of that kind.",
      kind: "source",
      statistic: "chains that end with the vectors of other kinds of problems",
      unit: "share",
      criterion: { below: -0.05 },
      control: "the vector of the own kind",
      figure: "fig-transfer",
      sourceValue: "preliminary: it works worse on other tasks",
    },
    "transfers-prolongs": {
      statement:
        "The vector works on other kinds of countdown problems, too: it prolongs responses.",
      kind: "source",
      statistic: "chains that go on with the vectors of other kinds of problems",
      unit: "share",
      criterion: { above: 0 },
      control: "random vectors of that length",
      figure: "fig-transfer",
      sourceValue: "preliminary: it works on other tasks",
    },
    "worse-prolongs": {
      statement:
        "On other kinds of countdown problems the vector prolongs fewer responses than a vector of that kind.",
      kind: "source",
      statistic: "chains that go on with the vectors of other kinds of problems",
      unit: "share",
      criterion: { below: -0.05 },
      control: "the vector of the own kind",
      figure: "fig-transfer",
      sourceValue: "preliminary: it works worse on other tasks",
    },
  },
  "Reconsideration (MATH500)": {
    "trades": {
      statement: "Steered away from “Reconsideration”, chains lose accuracy.",
      kind: "source",
      statistic: "right answers, steered away from reconsideration",
      unit: "share",
      criterion: { below: -0.05 },
      control: "random vectors of that length",
      figure: "fig-trade",
      sourceValue: "a figure: accuracy is traded for length",
    },
    "shorter": {
      statement: "Steered away from “Reconsideration”, chains become shorter.",
      kind: "source",
      statistic: "length of the chains that are closed, steered away from reconsideration",
      unit: "tokens",
      criterion: { below: 0 },
      control: "random vectors of that length",
      figure: "fig-trade",
      sourceValue: "a figure: accuracy is traded for length",
    },
    "longer": {
      statement: "Steering in the “Reconsideration” direction makes chains of thought longer.",
      kind: "source",
      statistic: "length of the chains that are closed, steered towards reconsideration",
      unit: "tokens",
      criterion: { above: 0 },
      control: "random vectors of that length",
      figure: "fig-trade",
    },
    "better": {
      statement: "Steering in the “Reconsideration” direction increases the performance.",
      kind: "source",
      statistic: "accuracy, steered towards reconsideration",
      unit: "share",
      criterion: { above: 0 },
      control: "the unsteered model",
      figure: "fig-trade",
      sourceValue: "increase performance on MATH500",
      headline: {
        replicates: "Steering towards reconsideration makes more answers right",
        contradicts: "Steering towards reconsideration does not make more answers right",
        inconclusive:
          "It is open whether steering towards reconsideration makes more answers right",
        numbers: ({ own, control }) =>
          `${own} of answers are right with the vector, ${control} without the vector`,
      },
    },
  },
  "Task specificity": {
    "cosine-operands": {
      statement: "The vector is not specific to a task: problems with three and with four numbers.",
      kind: "open",
      statistic: "cosine of the two vectors",
      unit: "number",
      criterion: { above: -0.1 },
      control: "two halves of one kind",
      figure: "fig-cosines",
      sourceValue: "asked",
    },
    "cosine-own-chains": {
      statement:
        "The vector is not specific to who wrote the chains: worked ones and the model's own.",
      kind: "open",
      statistic: "cosine of the two vectors",
      unit: "number",
      criterion: { above: -0.1 },
      control: "two halves of one kind",
      figure: "fig-cosines",
      sourceValue: "asked",
    },
    "probe": {
      statement:
        "The contrastive vector and the probe's W are one direction: “it has found a solution”.",
      kind: "own",
      statistic: "cosine of the two vectors at the middle layer",
      unit: "number",
      criterion: { above: 0.5 },
      control: "one half; random directions are in the figure",
      figure: "fig-cosines",
      sourceValue: "found independently",
      headline: {
        replicates: "The vector and the probe's W point in similar directions",
        contradicts: "The vector and the probe's W do not point in similar directions",
        inconclusive: "It is open whether the vector and the probe's W point in similar directions",
        numbers: ({ own }) => `their cosine is ${own} at the middle layer, of at most 1`,
      },
    },
  },
};
