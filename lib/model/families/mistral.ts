import { type Family, parseConfig, refusal } from "./config.ts";
import { only, size } from "./fields.ts";
import { llamaLike, llamaLikeFields } from "./llama_like.ts";

const fields = {
  ...llamaLikeFields,
  num_key_value_heads: size,
  sliding_window: size.nullish(),
  attention_bias: only(false, "biases in this family are"),
  mlp_bias: only(false, "biases in this family are"),
};

/** Mistral with full attention (7B from v0.2 on). A sliding window as long as the context changes nothing. */
export const mistral: Family = {
  modelType: "mistral",
  describe(config, context) {
    const parsed = parseConfig("mistral", fields, config);
    const longest = parsed.max_position_embeddings;
    if (parsed.sliding_window != null && parsed.sliding_window < longest) {
      const expected = `to be null or at least ${longest} (sliding windows are not supported)`;
      throw refusal("sliding_window", expected, parsed.sliding_window);
    }
    const switches = { qkvBias: false, outBias: false, mlpBias: false, qkNorm: false };
    return llamaLike("mistral", parsed, switches, context);
  },
};
