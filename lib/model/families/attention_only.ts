import { z } from "zod";
import { allEndTokens, type Family, parseConfig, refusal } from "./config.ts";
import { endTokens, flag, positive, size } from "./fields.ts";
import { withShapes } from "./shapes.ts";

/** One of some names. */
const kinds = <T extends string>(...names: T[]) =>
  z.literal(names, { error: `to be one of ${names.join(", ")}` });

const fields = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  head_dim: size.nullish(),
  max_position_embeddings: size,
  positions: kinds("learned", "rotary", "none"),
  rope_theta: positive.nullish(),
  norm: kinds("none", "layer", "rms"),
  norm_eps: positive.nullish(),
  tie_word_embeddings: flag,
  eos_token_id: endTokens,
};

/**
 * Attention-only models, as in the literature on small circuits: layers of attention heads that add
 * to the residual stream, without MLPs.
 *
 * `config.json`: `model_type` "attention_only", `vocab_size`, `hidden_size`, `num_hidden_layers`,
 * `num_attention_heads`, `head_dim` (default: `hidden_size / num_attention_heads`),
 * `max_position_embeddings`, `positions` (learned, rotary, none), `rope_theta` (default 10,000;
 * rotary only), `norm` (none, layer, rms; before each attention and before the unembedding),
 * `norm_eps` (default 1e-5), `tie_word_embeddings` (default false).
 *
 * Tensors, matrices [out, in]: `embed.weight` [vocab, d_model], `positions.weight` [position,
 * d_model] (learned), `blocks.0.norm.weight` and `.bias` (layer), `blocks.0.attn.{q,k,v,o}.weight`,
 * `norm.weight` and `.bias` (layer), `unembed.weight` [vocab, d_model] unless tied.
 */
export const attentionOnly: Family = {
  modelType: "attention_only",
  fields,
  describe(raw, context) {
    const config = parseConfig(fields, raw);
    const heads = config.num_attention_heads;
    const headSize = config.head_dim ?? config.hidden_size / heads;
    const rotary = config.positions === "rotary";
    if (!Number.isInteger(headSize) || rotary && headSize % 2) {
      const expected = `(or hidden_size / num_attention_heads) to be a whole ${
        rotary ? "even " : ""
      }number`;
      throw refusal("head_dim", expected, headSize);
    }
    const norm = (name: string) =>
      config.norm === "none"
        ? undefined
        : { weight: `${name}.weight`, ...config.norm === "layer" ? { bias: `${name}.bias` } : {} };
    return withShapes({
      family: "attention_only",
      layers: config.num_hidden_layers,
      dModel: config.hidden_size,
      heads,
      kvHeads: heads,
      headSize,
      dMlp: 0,
      vocab: config.vocab_size,
      context: config.max_position_embeddings,
      norm: config.norm === "none"
        ? { kind: "none" }
        : { kind: config.norm, eps: config.norm_eps ?? 1e-5 },
      rope: rotary ? { theta: config.rope_theta ?? 10_000 } : undefined,
      activation: "relu",
      linearLayout: "out-in",
      weights: {
        embed: "embed.weight",
        positions: config.positions === "learned" ? "positions.weight" : undefined,
        finalNorm: norm("norm"),
        unembed: config.tie_word_embeddings ? "embed.weight" : "unembed.weight",
        layer: (index) => {
          const [q, k, v, o] = ["q", "k", "v", "o"].map((name) => ({
            weight: `blocks.${index}.attn.${name}.weight`,
          }));
          return { ln1: norm(`blocks.${index}.norm`), q, k, v, o };
        },
      },
      endTokens: allEndTokens(config.eos_token_id, context.generationConfig),
      tiedHead: config.tie_word_embeddings ? "unembed.weight" : undefined,
    });
  },
};
