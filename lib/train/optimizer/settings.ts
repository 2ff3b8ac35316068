import { z } from "zod";

const rate = z.number("to be a number of at least 0").min(0, "to be a number of at least 0");
const share = z.number("to be a number from 0, below 1").min(0, "to be a number from 0, below 1")
  .lt(1, "to be a number from 0, below 1");
const positive = z.number("to be a positive number").positive("to be a positive number");

/**
 * The settings of the optimizer: AdamW for all weights or, with `muon`, AdamW for embeddings, norms
 * and biases and Muon for hidden matrices. Rates are those at a schedule factor of 1.
 */
export const optimizerSettings = z.strictObject({
  /**
   * AdamW (Loshchilov & Hutter, arXiv 1711.05101). The weight decay is decoupled from the gradient
   * and multiplied by the rate. It is 0 by default; if it is set, it applies to all weights that
   * AdamW updates, norms and biases included.
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
    /** The number of steps of the Newton–Schulz iteration. */
    iterations: z.int("to be a whole number from 1 to 10").min(
      1,
      "to be a whole number from 1 to 10",
    )
      .max(10, "to be a whole number from 1 to 10").default(5),
  }).optional(),
  /** The greatest norm of the gradient over all weights; longer gradients are scaled down to it. */
  clip: positive.default(1),
}, "to be the settings of an optimizer");

/** The settings of an optimizer as a user writes them. */
export type OptimizerSettingsInput = z.input<typeof optimizerSettings>;

/** The settings of an optimizer with their defaults filled in. */
export type OptimizerSettings = z.output<typeof optimizerSettings>;
