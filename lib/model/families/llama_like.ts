import { z } from "zod";
import type { Architecture, LayerWeights, NormWeights } from "../plan/architecture.ts";
import { allEndTokens, type FamilyContext, refusal, verifyLayerTypes } from "./config.ts";
import { activationOr, endTokens, flag, positiveOr, size, sizeOr } from "./fields.ts";
import { ropeFields, ropeOf, upTo } from "./rotary_embedding.ts";
import { withShapes } from "./shapes.ts";

/**
 * The sizes that transformers takes for absent ones. They differ between the Llama-like families.
 */
export interface LlamaLikeDefaults {
  vocab: number;
  intermediate: number;
  context: number;
  /** The number of key/value heads; absent if each head has its own. */
  kvHeads?: number;
}

/** Returns the attributes that the Llama-like families share. */
export function llamaLikeFields({ vocab, intermediate, context, kvHeads }: LlamaLikeDefaults) {
  return {
    vocab_size: sizeOr(vocab),
    hidden_size: sizeOr(4096),
    intermediate_size: sizeOr(intermediate),
    num_hidden_layers: sizeOr(32),
    num_attention_heads: sizeOr(32),
    // An explicit null means as many key/value heads as heads.
    num_key_value_heads: size.nullable().default(kvHeads ?? null),
    head_dim: size.nullish(),
    hidden_act: activationOr("silu"),
    max_position_embeddings: sizeOr(context),
    rms_norm_eps: positiveOr(1e-6),
    tie_word_embeddings: flag,
    layer_types: z.array(
      z.literal("full_attention", { error: "to be full_attention (the supported kind)" }),
    ).nullish(),
    eos_token_id: endTokens,
    ...ropeFields,
  };
}

/** A description of an architecture, but for what is derived from it. */
type Description = Omit<Architecture, "shapes" | "weights" | "context" | "qkNorm">;

/** The differences between Llama-like families and configurations. */
export interface LlamaLikeSwitches extends Partial<Description> {
  /** Returns the tensor names of a layer, if they are not Llama's. */
  readonly layer?: (prefix: string) => LayerWeights;
  /** The gain of the final norm, if it is not stored as such. */
  readonly finalNorm?: NormWeights;
  /** Which part of a head is rotated, in families in which it may be a part; default all. */
  readonly partialRotary?: number;

  /** Biases of the query, key and value projections. */
  qkvBias?: boolean;
  /** A bias of the output projection of attention. */
  outBias?: boolean;
  /** Biases of the MLP. */
  mlpBias?: boolean;
  /** RMS norms on queries and keys: on each head, or on all heads together. Default none. */
  qkNorm?: "head" | "width";
}

/**
 * Returns the architecture of a Llama-like checkpoint: RMS norms, rotary positions, a gated MLP,
 * weights named like `model.layers.0.self_attn.q_proj.weight` and stored [out, in].
 *
 * @throws CircuitbookError if the sizes do not fit each other.
 */
export function llamaLike(
  family: string,
  config: z.output<z.ZodObject<ReturnType<typeof llamaLikeFields>>>,
  switches: LlamaLikeSwitches,
  context: FamilyContext,
): Architecture {
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  const headSize = config.head_dim ?? config.hidden_size / heads;
  verifyLayerTypes(config.layer_types, config.num_hidden_layers);
  if (heads % kvHeads) {
    throw refusal("num_key_value_heads", `to divide num_attention_heads (${heads})`, kvHeads);
  }
  if (headSize % 2) {
    throw refusal("head_dim", "(or hidden_size / num_attention_heads) to be even", headSize);
  }
  const { qkvBias: _, outBias: __, mlpBias: ___, qkNorm, ...more } = switches;
  const { layer, finalNorm, partialRotary, ...description } = more;
  const { rope, limit } = ropeOf(config, {
    headSize,
    context: config.max_position_embeddings,
    partial: partialRotary,
  });
  const architecture = withShapes({
    family,
    layers: config.num_hidden_layers,
    dModel: config.hidden_size,
    heads,
    kvHeads,
    headSize,
    dMlp: config.intermediate_size,
    vocab: config.vocab_size,
    context: config.max_position_embeddings,
    norm: { kind: "rms", eps: config.rms_norm_eps },
    rope,
    activation: config.hidden_act,
    linearLayout: "out-in",
    weights: {
      embed: "model.embed_tokens.weight",
      finalNorm: finalNorm ?? { weight: "model.norm.weight" },
      unembed: config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight",
      layer: (index) =>
        layer?.(`model.layers.${index}`) ?? layerWeights(`model.layers.${index}`, switches),
    },
    endTokens: allEndTokens(config.eos_token_id, context.generationConfig),
    harmlessTensors: [/\.rotary_emb\.inv_freq$/],
    tiedHead: config.tie_word_embeddings ? "lm_head.weight" : undefined,
    qkNorm,
    ...description,
  });
  return upTo(architecture, limit, "the rotary embedding is the same for texts of all lengths");
}

/** Returns the tensor names of a layer as Llama has them. */
export function layerWeights(
  prefix: string,
  { qkvBias, outBias, mlpBias, qkNorm }: LlamaLikeSwitches,
): LayerWeights {
  const linear = (name: string, bias = false) => ({
    weight: `${prefix}.${name}.weight`,
    ...bias ? { bias: `${prefix}.${name}.bias` } : {},
  });
  return {
    ln1: { weight: `${prefix}.input_layernorm.weight` },
    q: linear("self_attn.q_proj", qkvBias),
    k: linear("self_attn.k_proj", qkvBias),
    v: linear("self_attn.v_proj", qkvBias),
    o: linear("self_attn.o_proj", outBias),
    ...qkNorm
      ? { qNorm: `${prefix}.self_attn.q_norm.weight`, kNorm: `${prefix}.self_attn.k_norm.weight` }
      : {},
    ln2: { weight: `${prefix}.post_attention_layernorm.weight` },
    gate: linear("mlp.gate_proj", mlpBias),
    up: linear("mlp.up_proj", mlpBias),
    down: linear("mlp.down_proj", mlpBias),
  };
}
