import { type Family, parseConfig } from "./config.ts";
import { flag } from "./fields.ts";
import { llamaLike, llamaLikeFields } from "./llama_like.ts";

const fields = {
  ...llamaLikeFields({ vocab: 32_000, intermediate: 11_008, context: 2048 }),
  attention_bias: flag,
  mlp_bias: flag,
};

/** Llama 2 and 3, and models with their `model_type`, such as DeepSeek-R1-Distill-Llama. */
export const llama: Family = {
  modelType: "llama",
  fields,
  describe(config, context) {
    const parsed = parseConfig(fields, config);
    const bias = parsed.attention_bias ?? false;
    const switches = {
      qkvBias: bias,
      outBias: bias,
      mlpBias: parsed.mlp_bias ?? false,
    };
    return llamaLike("llama", parsed, switches, context);
  },
};
