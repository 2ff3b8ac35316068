import { z } from "zod";
import type { OptionsSchema } from "../../base/options.ts";
import {
  type OptimizerSettings,
  optimizerSettings,
  type OptimizerSettingsInput,
} from "../optimizer/settings.ts";

const count: z.ZodInt = z.int("to be a whole number of at least 1").min(
  1,
  "to be a whole number of at least 1",
);
const least: z.ZodNumber = z.number("to be a number of at least 0").min(
  0,
  "to be a number of at least 0",
);

/** The settings of a {@link grpo} run with their defaults filled in. */
export interface GrpoSettings {
  /** The number of updates. Fewer are made if the run has a limit of minutes and reaches it. */
  readonly updates: number;
  /** The number of prompts of an update. Default 16. */
  readonly problems: number;
  /** The number of completions of a prompt: the size of a group. Default 8. */
  readonly rollouts: number;
  /** The most tokens of a completion. Default 200. */
  readonly maxNewTokens: number;
  /**
   * The weight in the loss of the divergence from the base model, per token; 0, the default, leaves
   * the divergence out.
   */
  readonly kl: number;
  /** The number of rows whose gradients are computed together. Default 32. */
  readonly microbatch: number;
  /**
   * The number of updates between two measurements of the divergence from the base model. Ignored
   * if the divergence is part of the loss. Default 5.
   */
  readonly measureEvery: number;
  /** The number of updates after which the state is kept. Default 10. */
  readonly keepEvery: number;
  /** The settings of the optimizer. */
  readonly optimizer: OptimizerSettings;
}

/** The settings of a {@link grpo} run as a user writes them, with defaults left out. */
export type GrpoSettingsInput =
  & Partial<Omit<GrpoSettings, "updates" | "optimizer">>
  & Pick<GrpoSettings, "updates">
  & { readonly optimizer: OptimizerSettingsInput };

/** Checks the settings of a run and fills in their defaults. */
export const grpoSettings: OptionsSchema<GrpoSettings, GrpoSettingsInput> = z.strictObject({
  updates: count,
  problems: count.default(16),
  rollouts: count.min(2, "to be a whole number of at least 2").default(8),
  maxNewTokens: count.default(200),
  kl: least.default(0),
  microbatch: count.default(32),
  measureEvery: count.default(5),
  keepEvery: count.default(10),
  optimizer: optimizerSettings,
});

/** What a completion earns. */
export interface Earned {
  /** The reward. */
  readonly total: number;
  /** Parts of the reward, by the names of their curves. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** A prompt, and the function that rewards its completions. */
export interface AskedPrompt {
  /** The tokens of the prompt. */
  readonly prompt: readonly number[];
  /** Returns what a completion earns, from its text with the end token. */
  readonly earns: (completion: string) => Earned;
}

/**
 * Returns the prompts of an update: the same ones for the same seed and update, all with the same
 * number of tokens.
 */
export type AskPrompts = (
  place: { seed: number; update: number; count: number },
) => readonly AskedPrompt[];
