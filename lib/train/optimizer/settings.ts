import { z } from "zod";

const rate = z.number("to be a number of at least 0").min(0, "to be a number of at least 0");
const share = z.number("to be a number from 0, below 1").min(0, "to be a number from 0, below 1")
  .lt(1, "to be a number from 0, below 1");
const positive = z.number("to be a positive number").positive("to be a positive number");

/**
 * What the optimizer does: AdamW on everything, or, with `muon`, on what is no hidden matrix (embeddings, norms, biases).
 * Rates are those at a factor of 1 of the schedule.
 */
export const optimizerSettings = z.strictObject({
  /**
   * AdamW (Loshchilov & Hutter, arXiv 1711.05101): decay is decoupled, and multiplied by the rate. It is 0 unless set, and then
   * for all that AdamW updates, norms and biases too.
   */
  adam: z.strictObject({
    rate,
    betas: z.tuple([share, share], "to be two numbers from 0, below 1").default([0.9, 0.98]),
    eps: positive.default(1e-8),
    decay: rate.default(0),
  }),
  /** Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) with Nesterov momentum. */
  muon: z.strictObject({
    rate,
    momentum: share.default(0.95),
    decay: rate.default(0.05),
    /** Steps of the Newton–Schulz iteration. */
    iterations: z.int("to be a whole number from 1 to 10").min(
      1,
      "to be a whole number from 1 to 10",
    )
      .max(10, "to be a whole number from 1 to 10").default(5),
  }).optional(),
  /** Gradients whose norm over all weights is greater are scaled down to it. */
  clip: positive.default(1),
}, "to be the settings of an optimizer");

/** Settings of an optimizer as they are written. */
export type OptimizerSettingsInput = z.input<typeof optimizerSettings>;

/** Settings of an optimizer with their defaults. */
export type OptimizerSettings = z.output<typeof optimizerSettings>;
