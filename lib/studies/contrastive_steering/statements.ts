import type { HeldStatements } from "../../base/statements.ts";

/** The statements of the note on steering, by section and by the id of the claim. */
export const statements: HeldStatements = {
  "Main result": {
    "repeats": {
      statement: "Correct chains of thought usually repeat the solution many times.",
      sourceValue: "usually",
    },
    "ends": {
      statement: "Adding the vector ends responses (first column below 0.5).",
      sourceValue: "below 0.5 not ended",
    },
    "prolongs": {
      statement: "Subtracting the vector prolongs responses (last column above 0.5).",
      sourceValue: "above 0.5",
    },
    "settings": {
      statement:
        "Steering effectiveness: first two columns steering is successful when <0.5 and last when >0.5.",
      sourceValue: "a figure",
    },
    "transfers": {
      statement: "The vector works on other tasks as well.",
      sourceValue: "preliminary",
    },
    "worse": { statement: "On other tasks it works worse.", sourceValue: "preliminary" },
  },
  "Reconsideration (MATH500)": {
    "trades": {
      statement:
        "The “Reconsideration” direction trades off accuracy with CoT length: away from it, both fall.",
      sourceValue: "a figure",
    },
    "longer": {
      statement: "Steering in the “Reconsideration” direction makes chains of thought longer.",
      sourceValue: "not stated",
    },
    "better": {
      statement: "Steering in the “Reconsideration” direction increases the performance.",
      sourceValue: "increase performance on MATH500",
    },
  },
  "Task specificity": {
    "cosine sums, products": {
      statement: "The vector is not specific to a task: sums, products.",
      sourceValue: "asked",
    },
    "cosine 3 numbers, 4 numbers": {
      statement: "The vector is not specific to a task: 3 numbers, 4 numbers.",
      sourceValue: "asked",
    },
    "probe": {
      statement:
        "The contrastive vector and the probe's W are one direction: “it has found a solution”.",
      sourceValue: "found independently",
    },
  },
};
