import { z } from "zod";
import type { OptionsSchema } from "../../base/options.ts";

const rate: z.ZodNumber = z.number("to be a number of at least 0").min(
  0,
  "to be a number of at least 0",
);
const share: z.ZodNumber = z.number("to be a number from 0, below 1").min(
  0,
  "to be a number from 0, below 1",
)
  .lt(1, "to be a number from 0, below 1");
const positive: z.ZodNumber = z.number("to be a positive number").positive(
  "to be a positive number",
);

/** The settings of AdamW (Loshchilov & Hutter, arXiv 1711.05101). */
export interface AdamSettings {
  /** The learning rate at a schedule factor of 1. */
  readonly rate: number;
  /** The decay factors of the first and the second moment. Default [0.9, 0.98]. */
  readonly betas: readonly [number, number];
  /** The number that is added to the root of the second moment. Default 1e-8. */
  readonly eps: number;
  /**
   * The weight decay, decoupled from the gradient and multiplied by the rate. If it is set, it
   * applies to all weights that AdamW updates, norms and biases included. Default 0.
   */
  readonly decay: number;
}

/**
 * The settings of Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) with
 * Nesterov momentum.
 */
export interface MuonSettings {
  /** The learning rate at a schedule factor of 1. */
  readonly rate: number;
  /** The decay factor of the momentum. Default 0.95. */
  readonly momentum: number;
  /** The weight decay, multiplied by the rate. Default 0.05. */
  readonly decay: number;
  /** The number of steps of the Newton–Schulz iteration. Default 5. */
  readonly iterations: number;
}

/**
 * The settings of an optimizer with their defaults filled in: AdamW for all weights or, with
 * `muon`, AdamW for embeddings, norms and biases and Muon for hidden matrices.
 */
export interface OptimizerSettings {
  /** The settings of AdamW. */
  readonly adam: AdamSettings;
  /** The settings of Muon. Without them, AdamW updates all weights. */
  readonly muon?: MuonSettings;
  /**
   * The greatest norm of the gradient over all weights; longer gradients are scaled down to it.
   * Default 1.
   */
  readonly clip: number;
}

/** The settings of an optimizer as a user writes them. */
export interface OptimizerSettingsInput {
  /** The settings of AdamW; only the rate has no default. */
  readonly adam: Partial<AdamSettings> & Pick<AdamSettings, "rate">;
  /**
   * The settings of Muon; only the rate has no default. Without them, AdamW updates all weights.
   */
  readonly muon?: Partial<MuonSettings> & Pick<MuonSettings, "rate">;
  /** The greatest norm of the gradient over all weights. Default 1. */
  readonly clip?: number;
}

/** Checks the settings of an optimizer and fills in their defaults. */
export const optimizerSettings: OptionsSchema<OptimizerSettings, OptimizerSettingsInput> = z
  .strictObject({
    adam: z.strictObject({
      rate,
      betas: z.tuple([share, share], "to be two numbers from 0, below 1").default([0.9, 0.98]),
      eps: positive.default(1e-8),
      decay: rate.default(0),
    }),
    muon: z.strictObject({
      rate,
      momentum: share.default(0.95),
      decay: rate.default(0.05),
      iterations: z.int("to be a whole number from 1 to 10")
        .min(1, "to be a whole number from 1 to 10")
        .max(10, "to be a whole number from 1 to 10").default(5),
    }).optional(),
    clip: positive.default(1),
  }, "to be the settings of an optimizer");
