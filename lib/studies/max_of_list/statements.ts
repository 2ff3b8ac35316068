import type { HeldStatements } from "../../base/statements.ts";

/** The statements of the notes, by section and by the id of the claim. */
export const statements: HeldStatements = {
  "The task": {
    "max-task": {
      statement: "The model says the maximum of five digits.",
      sourceValue: "taken for granted",
    },
  },
  "Ablation": {
    "max-single": {
      statement: "The model survives any single knock-out.",
      sourceValue: "it seems",
    },
    "max-pair": {
      statement: "The model survives any pairwise knock-out.",
      sourceValue: "it seems; then: not within a group",
    },
    "max-groups": {
      statement: "Heads form two groups; one head of each is enough, and two of one group are not.",
      sourceValue: "{H0, H1}, {H2, H3}",
    },
    "max-alone": { statement: "One head on its own can predict correctly.", sourceValue: "H2" },
    "max-alone-cases": { statement: "A head alone works on some cases.", sourceValue: "H2" },
    "max-redundant": {
      statement: "The head that adds least to the answer (“head 1”) is redundant.",
      sourceValue: "stated",
    },
  },
  "Direct logit contribution": {
    "max-dominant": {
      statement: "One head makes most of the answer's logit.",
      sourceValue: "65 % (H3)",
    },
    "max-idle": { statement: "One head adds next to nothing.", sourceValue: "0.8 % (H1)" },
    "max-initial": { statement: "The initial residual stream adds little.", sourceValue: "6 %" },
  },
  "Attention to the maximum": {
    "max-looks": {
      statement: "In (at least) two heads ANS attends to the maximum.",
      sourceValue: "H2 and H3",
    },
    "max-zero-1": {
      statement: "With its score at zero in the first of these heads accuracy drops.",
      sourceValue: "64 %",
    },
    "max-zero-2": {
      statement: "With its score at zero in the second of these heads accuracy drops.",
      sourceValue: "70 %",
    },
    "max-zero-both": {
      statement: "With it at zero in both accuracy drops further, and stays above chance.",
      sourceValue: "44 %",
    },
    "max-zero-beyond": {
      statement:
        "It drops because it is the maximum's score: more than with as many other positions.",
      sourceValue: "no control",
    },
    "max-back-1": {
      statement: "A small part of the score is enough in the first of these heads.",
      sourceValue: "8 %",
    },
    "max-back-2": {
      statement: "A small part of the score is enough in the second of these heads.",
      sourceValue: "17 %",
    },
  },
  "Direction or norm": {
    "max-direction-keys": {
      statement: "It is not by the key's direction alone that ANS finds the maximum.",
      sourceValue: "“its not in direction”",
    },
    "max-direction-values": {
      statement: "What a value says is in its direction, not its norm.",
      sourceValue: "asked",
    },
  },
  "Value vectors": {
    "max-norms": {
      statement: "The norms of the value vectors are not ordered by digit.",
      sourceValue: "6 largest; 3, 7 tiny",
    },
  },
  "Second position": {
    "max-predecessor": {
      statement:
        "In one head the second position attends a lot to its predecessor when that is greater.",
      sourceValue: "H3",
    },
    "max-no-effect": {
      statement: "That attention has no part in the answer.",
      sourceValue: "not asked",
    },
  },
  "Invariance": {
    "max-same-v-all-rows": {
      statement: "The place of the maximum makes no difference: V, all rows.",
      sourceValue: "0.99",
    },
    "max-same-head-output": {
      statement: "The place of the maximum makes no difference: head output.",
      sourceValue: "same",
    },
    "max-same-concatenation": {
      statement: "The place of the maximum makes no difference: concatenation.",
      sourceValue: "same",
    },
    "max-same-residual-after": {
      statement: "The place of the maximum makes no difference: residual after.",
      sourceValue: "same",
    },
    "max-patterns": {
      statement: "The patterns differ with the place of the maximum in one head only.",
      sourceValue: "H3 (0.8)",
    },
    "max-positions-similar": {
      statement: "Positional embeddings are very similar.",
      sourceValue: "stated",
    },
    "max-positions": { statement: "Positional embeddings matter.", sourceValue: "stated" },
    "max-positions-all": { statement: "All positions matter.", sourceValue: "stated" },
    "max-positions-needed": {
      statement: "Position doesn't matter in this problem.",
      sourceValue: "stated",
    },
  },
  "Ten runs": {
    "max-runs-redundant-head": { statement: "Holds in every run: redundant head." },
    "max-runs-any-head-can-go": { statement: "Holds in every run: any head can go." },
    "max-runs-any-two-can-go": { statement: "Holds in every run: any two can go." },
    "max-runs-two-groups": { statement: "Holds in every run: two groups." },
    "max-runs-one-head-dominates": { statement: "Holds in every run: one head dominates." },
    "max-runs-one-head-is-idle": { statement: "Holds in every run: one head is idle." },
    "max-runs-small-residual": { statement: "Holds in every run: small residual." },
    "max-runs-one-head-alone": { statement: "Holds in every run: one head alone." },
    "max-runs-looks-at-the-maximum": { statement: "Holds in every run: looks at the maximum." },
    "max-runs-drop-at-0-one-head": { statement: "Holds in every run: drop at 0, one head." },
    "max-runs-drop-at-0-both": { statement: "Holds in every run: drop at 0, both." },
    "max-runs-drop-at-0-beyond-control": {
      statement: "Holds in every run: drop at 0, beyond control.",
    },
    "max-runs-comes-back": { statement: "Holds in every run: comes back." },
    "max-runs-not-by-direction": { statement: "Holds in every run: not by direction." },
    "max-runs-predecessor": { statement: "Holds in every run: predecessor." },
    "max-runs-norms-in-no-order": { statement: "Holds in every run: norms in no order." },
    "max-runs-same-values": { statement: "Holds in every run: same values." },
    "max-runs-same-at-the-end": { statement: "Holds in every run: same at the end." },
    "max-runs-one-other-pattern": { statement: "Holds in every run: one other pattern." },
    "max-runs-similar-positions": { statement: "Holds in every run: similar positions." },
    "max-runs-positions-matter": { statement: "Holds in every run: positions matter." },
    "max-counterparts": {
      statement: "Heads have counterparts in other runs.",
      sourceValue: "assumed (“head 1”, “head 3”)",
    },
  },
};
