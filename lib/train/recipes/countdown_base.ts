import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import { lengthBuckets } from "../batches.ts";
import { type Recipe, recipe, type RecipeInput, type TrainingDocument } from "../recipe.ts";
import { judged, type ScoreRow } from "../scores.ts";
import { corpus, type CorpusMix, corpusMixes } from "../../tasks/countdown/corpus/corpus.ts";
import { tokenCopies, type TokenCopy } from "../../tasks/countdown/corpus/token_copies.ts";
import { modelScores, THRESHOLDS } from "./scores/twin_scores.ts";
import { percent } from "../../base/formats.ts";

/** The `config.json` of the countdown models: a small Qwen2. */
export const countdownConfig: Readonly<Record<string, unknown>> = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  vocab_size: 574,
  hidden_size: 192,
  num_hidden_layers: 8,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  intermediate_size: 512,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  max_position_embeddings: 512,
  tie_word_embeddings: true,
  bos_token_id: null,
  eos_token_id: 573,
  torch_dtype: "float16",
  use_sliding_window: false,
  attention_dropout: 0,
  initializer_range: 0.02,
  use_cache: true,
};

/** One phase of the training. */
interface CountdownPhase {
  readonly name: string;
  readonly mix: CorpusMix;
  /** How many texts of a block repeat random tokens, beside 1,024 countdown texts. */
  readonly copies: number;
  readonly steps: number;
  /** The learning rate of Muon, for hidden matrices. */
  readonly muon: number;
  /** The learning rate of Adam, for the rest. */
  readonly adam: number;
  /** The index of the phase, which gives its texts a seed of their own. */
  readonly stream: number;
}

const PHASES: readonly CountdownPhase[] = [
  {
    name: "random order",
    mix: corpusMixes.first,
    copies: 0,
    steps: 6000,
    muon: 0.02,
    adam: 3e-3,
    stream: 0,
  },
  {
    name: "random and fixed order",
    mix: corpusMixes.last,
    copies: 0,
    steps: 1317,
    muon: 0.006,
    adam: 8e-4,
    stream: 1,
  },
  {
    name: "narrow misses",
    mix: corpusMixes.misses,
    copies: 96,
    steps: 1200,
    muon: 0.01,
    adam: 1e-3,
    stream: 1000,
  },
  {
    name: "every token",
    mix: corpusMixes.misses,
    copies: 2048,
    steps: 120,
    muon: 0.003,
    adam: 3e-4,
    stream: 2000,
  },
];

const BATCH_TOKENS = 4096;
const SEED = 1;

/** Returns the seed of the texts of a phase. */
function seedOf(seed: number, { stream }: CountdownPhase): number {
  return 2 * seed + stream;
}

/** Returns a block of the texts of a phase. */
function documentsOf(
  phase: CountdownPhase,
  { seed, block }: { seed: number; block: number },
): TrainingDocument[] {
  const place = { block, seed: seedOf(seed, phase) };
  const texts = corpus({ mix: phase.mix, ...place });
  return phase.copies ? [...texts, ...copies(place, phase.copies)] : texts;
}

/**
 * Returns a block of texts that repeat random tokens, so that each token of the vocabulary occurs.
 */
function copies(place: { seed: number; block: number }, n: number): TokenCopy[] {
  const end = countdownConfig.eos_token_id as number;
  return tokenCopies({ ...place, n, vocabulary: end, end });
}

/** Returns a phase as recipes have them. */
function phaseOf(phase: CountdownPhase): NonNullable<RecipeInput["phases"]>[number] {
  const { name, mix, copies, steps, muon, adam } = phase;
  const shares = Object.entries(mix).map(([kind, share]) => `${kind} ${percent(share)}`);
  return {
    name,
    data: `countdown texts: ${shares.join(", ")}${
      copies ? "; beside them texts that repeat random tokens" : ""
    }`,
    documents: (place) => documentsOf(phase, place),
    batchTokens: BATCH_TOKENS,
    length: { steps },
    optimizer: { muon: { rate: muon, decay: 0.05 }, adam: { rate: adam }, clip: 1 },
    schedule: { kind: "linear", warmUp: 0.02, last: 0.05 },
  };
}

/**
 * How `countdown-base` is made. It learns countdown chains whose verdicts have many words, English
 * and Chinese, in random order. In the second phase some chains are in the fixed order, which
 * reinforcement learning then needs. In the third phase some attempts miss the target narrowly, so
 * that the model has to compare every digit and the sign of a result. In the last phase every token
 * of the vocabulary occurs often.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const lengths = recipes.countdownBase.phases?.map(({ length }) => length);
 * assertEquals(lengths, [{ steps: 6000 }, { steps: 1317 }, { steps: 1200 }, { steps: 120 }]);
 * ```
 */
export const countdownBase: Recipe = recipe({
  name: "countdown-base",
  about:
    "A small language model that has learned countdown reasoning (reach a target from three or four numbers) in many " +
    'phrasings of "right" and "wrong". It is the base of `countdown-r1`, and knows nothing else. Its texts are chains that ' +
    "try steps in a `fixed` or a `random` order, `contrasts` with an attempt that misses the target narrowly, chains whose " +
    "verdicts are `sentences`, `questions` whether an attempt is right, and `drills` in arithmetic.",
  config: countdownConfig,
  tokenizer: "countdown-base",
  seed: SEED,
  phases: PHASES.map(phaseOf),
  validation: {
    documents: () => corpus({ n: 128, mix: corpusMixes.misses, held: true }),
    every: 250,
  },
  scores: async (model, watch) =>
    judged(
      [...await modelScores(model, watch), leastOccurrences(model.tokenizer)],
      THRESHOLDS.base,
    ),
});

/**
 * Returns how often the rarest token occurs in the texts that repeat random tokens, over all steps.
 * The other texts only add to this number.
 */
function leastOccurrences(tokenizer: Tokenizer): ScoreRow {
  const counts = new Uint32Array(countdownConfig.eos_token_id as number);
  for (const phase of PHASES.filter(({ copies }) => copies)) {
    const first = documentsOf(phase, { seed: SEED, block: 0 });
    const batches = lengthBuckets(first, { tokenizer, batchTokens: BATCH_TOKENS }).length;
    const blocks = Math.floor(phase.steps / batches);
    for (let block = 0; block < blocks; block++) {
      for (const { tokens } of copies({ block, seed: seedOf(SEED, phase) }, phase.copies)) {
        tokens.slice(0, -1).forEach((token) => counts[token]++);
      }
    }
  }
  const value = counts.reduce((least, count) => Math.min(least, count));
  const score = "least occurrences of a token in the corpus";
  return { score, value, low: value, high: value, n: counts.length };
}
