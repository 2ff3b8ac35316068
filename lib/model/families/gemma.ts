import { z } from "zod";
import type { Architecture, LayerWeights } from "../plan/architecture.ts";
import { type Family, type FamilyContext, parseConfig, verifyLayerTypes } from "./config.ts";
import { activationOr, only, positive, positiveOr, size, sizeOr } from "./fields.ts";
import { layerWeights, llamaLike, llamaLikeFields, type LlamaLikeSwitches } from "./llama_like.ts";
import { Parts } from "./parts.ts";
import { parseRope } from "./rotary_embedding.ts";

/** Returns the attributes that Gemma 2 and 3 share. */
function gemmaFields(vocab: number, context: number) {
  return {
    ...llamaLikeFields({ vocab, intermediate: 9216, context, kvHeads: 4 }),
    hidden_size: sizeOr(2304),
    num_hidden_layers: sizeOr(26),
    num_attention_heads: sizeOr(8),
    head_dim: sizeOr(256),
    hidden_activation: activationOr("gelu_new"),
    // An older name of hidden_activation, which is not read.
    hidden_act: z.unknown().optional().transform(() => "gelu_new" as const),
    tie_word_embeddings: z.boolean({ error: "to be true or false" }).default(true),
    query_pre_attn_scalar: positiveOr(256),
    sliding_window: size.nullable().default(4096),
    layer_types: z.array(
      z.literal(["full_attention", "sliding_attention"], {
        error: "to be full_attention or sliding_attention",
      }),
    ).nullish(),
    attention_bias: only(false, "biases in this family are"),
    use_bidirectional_attention: only(false, "attention to later tokens is"),
    // How transformers stores keys and values.
    cache_implementation: z.unknown().optional(),
  };
}

const gemma2Fields = {
  ...gemmaFields(256_000, 8192),
  attn_logit_softcapping: positive.nullable().default(50),
  final_logit_softcapping: positive.nullable().default(30),
};

const gemma3Fields = {
  ...gemmaFields(262_208, 131_072),
  attn_logit_softcapping: positive.nullish(),
  final_logit_softcapping: positive.nullish(),
  rope_local_base_freq: positiveOr(10_000),
  sliding_window_pattern: sizeOr(6),
  // Written beside layer_types, and not read again.
  _sliding_window_pattern: z.unknown().optional(),
};

/** The checked attributes of both families. */
interface GemmaConfig extends z.output<z.ZodObject<ReturnType<typeof gemmaFields>>> {
  attn_logit_softcapping?: number | null;
  final_logit_softcapping?: number | null;
}

/**
 * Gemma 2: norms before and after attention and MLP with gains stored less 1, scaled embeddings,
 * caps of scores and logits, and a sliding window in every other layer.
 */
export const gemma2: Family = {
  modelType: "gemma2",
  fields: gemma2Fields,
  describe(raw, context) {
    return gemma("gemma2", parseConfig(gemma2Fields, raw), 2, {}, context);
  },
};

/**
 * Gemma 3 (text): as Gemma 2, with norms on queries and keys in place of caps, and two rotary
 * embeddings.
 */
export const gemma3: Family = {
  modelType: "gemma3_text",
  fields: gemma3Fields,
  describe(raw, context) {
    const config = parseConfig(gemma3Fields, raw);
    const all = z.record(z.string(), z.unknown()).nullish();
    const { full_attention, sliding_attention, ...flat } = config.rope_parameters ?? {};
    const local = { rope_theta: config.rope_local_base_freq };
    Object.assign(local, all.parse(sliding_attention));
    const { rope: localRope } = parseRope("rope_parameters.sliding_attention", local, {
      headSize: config.head_dim,
      context: config.max_position_embeddings,
    });
    // Published configurations scale the layers without a window by rope_scaling.
    const full = Object.assign({}, flat, all.parse(full_attention), config.rope_scaling);
    // Without any attribute of its own the base of layers without a window is 1,000,000.
    const theta = full.rope_theta ?? config.rope_theta ?? 1e6;
    return gemma(
      "gemma3_text",
      {
        ...config,
        rope_scaling: undefined,
        rope_parameters: { ...full, rope_theta: theta },
      },
      config.sliding_window_pattern,
      { qkNorm: "head", localRope },
      context,
    );
  },
};

/**
 * @param pattern every layer of this number, counted from 1, has no window, unless `layer_types`
 * says otherwise.
 */
function gemma(
  family: string,
  config: GemmaConfig,
  pattern: number,
  switches: LlamaLikeSwitches,
  context: FamilyContext,
): Architecture {
  const { head_dim: headSize, hidden_size: dModel, num_hidden_layers: layers } = config;
  verifyLayerTypes(config.layer_types, layers);
  const parts = new Parts();
  const gain = (of: string, width = dModel) => parts.onePlus(of, width);
  return llamaLike(family, { ...config, layer_types: undefined }, {
    ...switches,
    parts: parts.all,
    activation: config.hidden_activation,
    embedScale: Math.sqrt(dModel),
    scoreScale: config.query_pre_attn_scalar ** -0.5,
    scoreCap: config.attn_logit_softcapping ?? undefined,
    logitCap: config.final_logit_softcapping ?? undefined,
    // A window as long as the context hides nothing; the layers keep their kind, which their rotary
    // embedding goes by.
    window: {
      size: config.sliding_window ?? config.max_position_embeddings,
      layers: Array.from(
        { length: layers },
        (_, layer) =>
          config.layer_types
            ? config.layer_types[layer] === "sliding_attention"
            : (layer + 1) % pattern !== 0,
      ),
    },
    finalNorm: { weight: gain("model.norm.weight") },
    layer(prefix): LayerWeights {
      const { qNorm, kNorm, ...weights } = layerWeights(prefix, switches);
      return {
        ...weights,
        qNorm: qNorm && gain(qNorm, headSize),
        kNorm: kNorm && gain(kNorm, headSize),
        ln1: { weight: gain(`${prefix}.input_layernorm.weight`) },
        ln1Post: { weight: gain(`${prefix}.post_attention_layernorm.weight`) },
        ln2: { weight: gain(`${prefix}.pre_feedforward_layernorm.weight`) },
        ln2Post: { weight: gain(`${prefix}.post_feedforward_layernorm.weight`) },
      };
    },
  }, context);
}
