import { z } from "zod";
import { optimizerSettings } from "../optimizer/settings.ts";

const count = z.int("to be a whole number of at least 1").min(
  1,
  "to be a whole number of at least 1",
);
const least = z.number("to be a number of at least 0").min(0, "to be a number of at least 0");

/** How reinforcement learning by group-relative rewards goes. */
export const grpoSettings = z.strictObject({
  /** How many updates; fewer where minutes are set. */
  updates: count,
  /** Prompts of an update. */
  problems: count.default(16),
  /** Completions of each: a group. */
  rollouts: count.min(2, "to be a whole number of at least 2").default(8),
  /** Tokens of a completion at most. */
  maxNewTokens: count.default(200),
  /** What the divergence from the base model counts in the loss, per token; 0: there is no such term. */
  kl: least.default(0),
  /** Rows whose gradients are computed together. */
  microbatch: count.default(32),
  /** After how many updates the divergence from the base model is estimated, where it is not part of the loss. */
  measureEvery: count.default(5),
  /** After how many updates state is kept. */
  keepEvery: count.default(10),
  optimizer: optimizerSettings,
});

/** Settings of a {@link grpo} run, as they are written. */
export type GrpoSettingsInput = z.input<typeof grpoSettings>;

/** Settings of a run with their defaults. */
export type GrpoSettings = z.output<typeof grpoSettings>;

/** What a completion earned: the whole, and parts by the names of their curves. */
export interface Earned {
  readonly total: number;
  readonly parts?: Readonly<Record<string, number>>;
}

/** A prompt, and what its completions earn. */
export interface AskedPrompt {
  readonly prompt: readonly number[];
  /** @param completion the new text, with its end token. */
  readonly earns: (completion: string) => Earned;
}

/** The prompts of an update, all of equally many tokens: the same for the same seed and update. */
export type AskPrompts = (
  place: { seed: number; update: number; count: number },
) => readonly AskedPrompt[];
