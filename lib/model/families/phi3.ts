import { type Family, parseConfig } from "./config.ts";
import { only, positive, positiveOr, size, sizeOr } from "./fields.ts";
import { layerWeights, llamaLike, llamaLikeFields } from "./llama_like.ts";
import { Parts } from "./parts.ts";

const fields = {
  ...llamaLikeFields({ vocab: 32_064, intermediate: 8192, context: 4096 }),
  hidden_size: sizeOr(3072),
  rms_norm_eps: positiveOr(1e-5),
  original_max_position_embeddings: positiveOr(4096),
  partial_rotary_factor: positive.nullish(),
  sliding_window: size.nullish(),
  attention_bias: only(false, "biases in this family are"),
  // Attributes of Phi-4-mini, which transformers does not read.
  full_attn_mod: only(1, "another pattern of attention is"),
  interpolate_factor: only(1, "interpolated positions are"),
};

/** Returns a rotary embedding with the present name of `longrope`, which was `su` and `yarn`. */
function withLongrope(
  values: Record<string, unknown> | null | undefined,
): Record<string, unknown> | null | undefined {
  if (!values) return values;
  const { type, ...others } = values;
  const kind = values.rope_type ?? type;
  return { ...others, rope_type: kind === "su" || kind === "yarn" ? "longrope" : kind };
}

/**
 * Phi-3, Phi-3.5 and Phi-4: one matrix for queries, keys and values, one for both inputs of the
 * gated MLP, and in some models a sliding window in every layer, a rotated part of each head, and
 * `longrope`.
 */
export const phi3: Family = {
  modelType: "phi3",
  fields,
  describe(raw, context) {
    const parsed = parseConfig(fields, raw);
    const config = {
      ...parsed,
      rope_scaling: withLongrope(parsed.rope_scaling),
      rope_parameters: withLongrope(parsed.rope_parameters),
    };
    const { num_attention_heads: heads, hidden_size: dModel, intermediate_size: dMlp } = config;
    const kvHeads = config.num_key_value_heads ?? heads;
    const headSize = config.head_dim ?? dModel / heads;
    const { sliding_window: window } = config;
    const parts = new Parts();
    const queries = heads * headSize;
    const keys = kvHeads * headSize;
    return llamaLike("phi3", config, {
      partialRotary: 1,
      parts: parts.all,
      window: window == null || window >= config.max_position_embeddings ? undefined : {
        size: window,
        layers: new Array<boolean>(config.num_hidden_layers).fill(true),
      },
      layer(prefix) {
        const qkv = `${prefix}.self_attn.qkv_proj.weight`;
        const gateUp = `${prefix}.mlp.gate_up_proj.weight`;
        const qkvShape = [queries + 2 * keys, dModel];
        const gateUpShape = [2 * dMlp, dModel];
        return {
          ...layerWeights(prefix, {}),
          q: { weight: parts.rows(qkv, qkvShape, 0, queries) },
          k: { weight: parts.rows(qkv, qkvShape, queries, queries + keys) },
          v: { weight: parts.rows(qkv, qkvShape, queries + keys, queries + 2 * keys) },
          gate: { weight: parts.rows(gateUp, gateUpShape, 0, dMlp) },
          up: { weight: parts.rows(gateUp, gateUpShape, dMlp, 2 * dMlp) },
        };
      },
    }, context);
  },
};
