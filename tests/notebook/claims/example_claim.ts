import type { notebook } from "circuitbook";

/** A claim with a value for each attribute. */
export const claim: notebook.Claim = {
  id: "enough",
  kind: "own",
  source: "Part I",
  statement: "The heads are enough.",
  sourceValue: "not stated",
  statistic: "share of the margin restored",
  unit: "share",
  criterion: "the interval lies above 50 points",
  control: "random heads",
  verdict: "contradicts",
  value: 0.097,
  interval: [0.022, 0.196],
  n: 24,
  own: 0.102,
  controlValue: 0.005,
  why: "Six sets.",
  figure: "fig-enough",
  model: "m",
  hash: "h",
  dtype: "f32",
  commit: "c",
  date: "2026-01-01",
  seed: 1,
};
