/** Small recipes for tests of training. @module */
import { maxOfList, training } from "circuitbook";

/** What only some tests want otherwise. */
export type ToyOptions = Partial<training.RecipeInput> & {
  steps?: readonly [number, number];
  rate?: number;
};

/**
 * An attention-only model that learns to repeat digits in two phases, with validation, and state
 * kept at every step.
 */
export function toyRecipe(
  { steps = [7, 5], rate = 0.02, ...input }: ToyOptions = {},
): training.Recipe {
  const documents = (length: number) => ({ seed, block }: { seed: number; block: number }) =>
    Array.from({ length: 12 }, (_, i) => ({
      tokens: Array.from(
        { length: length + i % 3 },
        (_, at) => (seed + block * 5 + i * 3 + at * at) % 10,
      ),
    }));
  const phase = {
    data: "digits",
    batchTokens: 20,
    optimizer: { adam: { rate, decay: 0.1 }, muon: { rate } },
  };
  return training.recipe({
    name: "toy",
    about: "Repeats digits.",
    seed: 3,
    tokenizer: maxOfList.tokenizerFile(),
    config: {
      model_type: "attention_only",
      vocab_size: 11,
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      max_position_embeddings: 8,
      positions: "rotary",
      norm: "rms",
      tie_word_embeddings: true,
    },
    phases: [
      { ...phase, name: "short", documents: documents(3), length: { steps: steps[0] } },
      { ...phase, name: "long", documents: documents(5), length: { steps: steps[1] } },
    ],
    validation: { documents: () => documents(4)({ seed: 99, block: 0 }), every: 4 },
    keepEvery: { minutes: 1e-9 },
    ...input,
  });
}
