import { z } from "zod";
import { allEndTokens, type Family, parseConfig, refusal } from "./config.ts";
import { activationOr, endTokens, flag, only, positive, positiveOr, sizeOr } from "./fields.ts";
import { Parts } from "./parts.ts";
import { ropeFields, ropeOf, upTo } from "./rotary_embedding.ts";
import { withShapes } from "./shapes.ts";

const fields = {
  vocab_size: sizeOr(50_432),
  hidden_size: sizeOr(6144),
  num_hidden_layers: sizeOr(44),
  num_attention_heads: sizeOr(64),
  intermediate_size: sizeOr(24_576),
  hidden_act: activationOr("gelu"),
  max_position_embeddings: sizeOr(2048),
  layer_norm_eps: positiveOr(1e-5),
  use_parallel_residual: z.boolean({ error: "to be true or false" }).default(true),
  rotary_pct: positiveOr(0.25),
  rotary_emb_base: positiveOr(10_000),
  attention_bias: only(true, "attention without biases is"),
  tie_word_embeddings: flag,
  eos_token_id: endTokens,
  partial_rotary_factor: positive.nullish(),
  ...ropeFields,
};

/**
 * GPT-NeoX, as Pythia: attention and MLP read the same residual stream, a part of each head is
 * rotated, and queries, keys and values are one matrix, head by head.
 */
export const gptNeox: Family = {
  modelType: "gpt_neox",
  fields,
  describe(raw, context) {
    const config = parseConfig(fields, raw);
    const { hidden_size: dModel, num_attention_heads: heads } = config;
    if (dModel % heads) {
      throw refusal("hidden_size", `to be a multiple of num_attention_heads (${heads})`, dModel);
    }
    const headSize = dModel / heads;
    const { rope, limit } = ropeOf(config, {
      headSize,
      context: config.max_position_embeddings,
      partial: config.rotary_pct,
      theta: config.rotary_emb_base,
    });
    const parts = new Parts();
    const both = (name: string) => ({
      weight: `gpt_neox.${name}.weight`,
      bias: `gpt_neox.${name}.bias`,
    });
    const tied = config.tie_word_embeddings ?? false;
    // Newer versions of transformers name the unembedding as other families do.
    const head = context.tensorNames?.has("lm_head.weight") ? "lm_head.weight" : "embed_out.weight";
    const architecture = withShapes({
      family: "gpt_neox",
      layers: config.num_hidden_layers,
      dModel,
      heads,
      kvHeads: heads,
      headSize,
      dMlp: config.intermediate_size,
      vocab: config.vocab_size,
      context: config.max_position_embeddings,
      norm: { kind: "layer", eps: config.layer_norm_eps },
      rope,
      parallel: config.use_parallel_residual,
      activation: config.hidden_act,
      linearLayout: "out-in",
      parts: parts.all,
      weights: {
        embed: "gpt_neox.embed_in.weight",
        finalNorm: both("final_layer_norm"),
        unembed: tied ? "gpt_neox.embed_in.weight" : head,
        layer(index) {
          const { weight, bias } = both(`layers.${index}.attention.query_key_value`);
          const [q, k, v] = [0, 1, 2].map((kind) => ({
            weight: parts.byHead(weight, [3 * dModel, dModel], { heads, kinds: 3, kind }),
            bias: parts.byHead(bias, [3 * dModel], { heads, kinds: 3, kind }),
          }));
          return {
            ln1: both(`layers.${index}.input_layernorm`),
            q,
            k,
            v,
            o: both(`layers.${index}.attention.dense`),
            ln2: both(`layers.${index}.post_attention_layernorm`),
            gate: both(`layers.${index}.mlp.dense_h_to_4h`),
            down: both(`layers.${index}.mlp.dense_4h_to_h`),
          };
        },
      },
      endTokens: allEndTokens(config.eos_token_id, context.generationConfig),
      harmlessTensors: [/\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/],
      tiedHead: tied ? head : undefined,
    });
    return upTo(architecture, limit, "the rotary embedding is the same for texts of all lengths");
  },
};
