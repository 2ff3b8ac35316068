import { type Family, parseConfig } from "./config.ts";
import { only, positiveOr } from "./fields.ts";
import { layerWeights, llamaLike, llamaLikeFields } from "./llama_like.ts";

const fields = {
  ...llamaLikeFields({ vocab: 50_304, intermediate: 11_008, context: 2048 }),
  rms_norm_eps: positiveOr(1e-5),
  attention_bias: only(false, "biases in this family are"),
};

/**
 * OLMo 2: norms after attention and MLP instead of before them, and norms over all queries and all
 * keys.
 */
export const olmo2: Family = {
  modelType: "olmo2",
  fields,
  describe(config, context) {
    return llamaLike("olmo2", parseConfig(fields, config), {
      qkNorm: "width",
      layer(prefix) {
        const { ln1: _, ln2: __, ...weights } = layerWeights(prefix, { qkNorm: "width" });
        return {
          ...weights,
          ln1Post: { weight: `${prefix}.post_attention_layernorm.weight` },
          ln2Post: { weight: `${prefix}.post_feedforward_layernorm.weight` },
        };
      },
    }, context);
  },
};
