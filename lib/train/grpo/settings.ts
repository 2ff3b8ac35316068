import { z } from "zod";
import { optimizerSettings } from "../optimizer/settings.ts";

const count = z.int("to be a whole number of at least 1").min(
  1,
  "to be a whole number of at least 1",
);
const least = z.number("to be a number of at least 0").min(0, "to be a number of at least 0");

/** The settings of reinforcement learning with group-relative rewards. */
export const grpoSettings = z.strictObject({
  /** The number of updates. Fewer are made if the run has a limit of minutes and reaches it. */
  updates: count,
  /** The number of prompts of an update. */
  problems: count.default(16),
  /** The number of completions of a prompt: the size of a group. */
  rollouts: count.min(2, "to be a whole number of at least 2").default(8),
  /** The most tokens of a completion. */
  maxNewTokens: count.default(200),
  /** The weight in the loss of the divergence from the base model, per token; 0 leaves it out. */
  kl: least.default(0),
  /** The number of rows whose gradients are computed together. */
  microbatch: count.default(32),
  /**
   * The divergence from the base model is measured every so many updates, unless it is part of the
   * loss.
   */
  measureEvery: count.default(5),
  /** State is kept every so many updates. */
  keepEvery: count.default(10),
  optimizer: optimizerSettings,
});

/** The settings of a {@link grpo} run as a user writes them. */
export type GrpoSettingsInput = z.input<typeof grpoSettings>;

/** The settings of a run with their defaults filled in. */
export type GrpoSettings = z.output<typeof grpoSettings>;

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
