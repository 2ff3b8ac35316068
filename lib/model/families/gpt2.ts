import { allEndTokens, type Family, parseConfig, refusal } from "./config.ts";
import { activationOr, endTokens, flag, only, positiveOr, size, sizeOr } from "./fields.ts";
import { withShapes } from "./shapes.ts";

const fields = {
  vocab_size: sizeOr(50_257),
  n_embd: sizeOr(768),
  n_layer: sizeOr(12),
  n_head: sizeOr(12),
  n_positions: sizeOr(1024),
  n_ctx: size.nullish(),
  n_inner: size.nullish(),
  activation_function: activationOr("gelu_new"),
  layer_norm_epsilon: positiveOr(1e-5),
  tie_word_embeddings: flag,
  scale_attn_weights: only(true, "attention without a scale is"),
  scale_attn_by_inverse_layer_idx: only(false, "a scale by layer is"),
  eos_token_id: endTokens,
};

/**
 * GPT-2: learned positions, LayerNorm, an MLP without a gate, and matrices stored [in, out], with
 * queries, keys and values in one matrix (`c_attn`). Tensor names begin with `transformer.` in some
 * checkpoints.
 */
export const gpt2: Family = {
  modelType: "gpt2",
  fields,
  describe(raw, context) {
    const { tensorNames, generationConfig } = context;
    const config = parseConfig(fields, raw);
    if (config.n_embd % config.n_head) {
      throw refusal("n_embd", `to be a multiple of n_head (${config.n_head})`, config.n_embd);
    }
    const prefix = tensorNames && !tensorNames.has("transformer.wte.weight") ? "" : "transformer.";
    const weightAndBias = (name: string) => ({
      weight: `${prefix}${name}.weight`,
      bias: `${prefix}${name}.bias`,
    });
    const tied = config.tie_word_embeddings ?? true;
    return withShapes({
      family: "gpt2",
      layers: config.n_layer,
      dModel: config.n_embd,
      heads: config.n_head,
      kvHeads: config.n_head,
      headSize: config.n_embd / config.n_head,
      dMlp: config.n_inner ?? 4 * config.n_embd,
      vocab: config.vocab_size,
      context: config.n_positions,
      norm: { kind: "layer", eps: config.layer_norm_epsilon },
      activation: config.activation_function,
      linearLayout: "in-out",
      weights: {
        embed: `${prefix}wte.weight`,
        positions: `${prefix}wpe.weight`,
        finalNorm: weightAndBias("ln_f"),
        unembed: tied ? `${prefix}wte.weight` : "lm_head.weight",
        layer: (index) => ({
          ln1: weightAndBias(`h.${index}.ln_1`),
          qkv: weightAndBias(`h.${index}.attn.c_attn`),
          o: weightAndBias(`h.${index}.attn.c_proj`),
          ln2: weightAndBias(`h.${index}.ln_2`),
          gate: weightAndBias(`h.${index}.mlp.c_fc`),
          down: weightAndBias(`h.${index}.mlp.c_proj`),
        }),
      },
      endTokens: allEndTokens(config.eos_token_id, generationConfig),
      // Old versions of transformers saved the causal mask and its fill value.
      harmlessTensors: [/\.attn\.(bias|masked_bias)$/],
      tiedHead: tied ? "lm_head.weight" : undefined,
    });
  },
};
