import { type Family, parseConfig } from "./config.ts";
import { only, size } from "./fields.ts";
import { upTo } from "./rotary_embedding.ts";
import { llamaLike, llamaLikeFields } from "./llama_like.ts";

const fields = {
  ...llamaLikeFields({ vocab: 32_000, intermediate: 14_336, context: 131_072, kvHeads: 8 }),
  // An absent window means 4,096, as in transformers; null means no window.
  sliding_window: size.nullable().default(4096),
  attention_bias: only(false, "biases in this family are"),
  mlp_bias: only(false, "biases in this family are"),
};

/**
 * Mistral. The first version has a sliding window of 4,096 tokens in each layer. A text that is no
 * longer than the window does not notice the window, so the context is cut to the window.
 */
export const mistral: Family = {
  modelType: "mistral",
  fields,
  describe(config, context) {
    const parsed = parseConfig(fields, config);
    return upTo(
      llamaLike("mistral", parsed, {}, context),
      parsed.sliding_window ?? undefined,
      "the sliding window of every layer changes nothing",
    );
  },
};
