import { z } from "zod";
import { type Family, parseConfig } from "./config.ts";
import { flag, only } from "./fields.ts";
import { llamaLike, llamaLikeFields } from "./llama_like.ts";

/** The default of transformers, which differs from hidden_size / num_attention_heads. */
const DEFAULT_HEAD_SIZE = 128;

const fields = {
  ...llamaLikeFields({ vocab: 151_936, intermediate: 22_016, context: 32_768, kvHeads: 32 }),
  attention_bias: flag,
  use_sliding_window: only(false, "sliding windows are"),
  // The window of layers from max_window_layers on. Without use_sliding_window, neither is used.
  sliding_window: z.unknown().optional(),
  max_window_layers: z.unknown().optional(),
};

/**
 * Qwen3 (dense): RMS norms on each head's queries and keys, and a head size that `config.json`
 * names.
 */
export const qwen3: Family = {
  modelType: "qwen3",
  fields,
  describe(config, context) {
    const parsed = parseConfig(fields, config);
    const bias = parsed.attention_bias ?? false;
    const switches = { qkvBias: bias, outBias: bias, mlpBias: false, qkNorm: "head" as const };
    return llamaLike(
      "qwen3",
      { ...parsed, head_dim: parsed.head_dim ?? DEFAULT_HEAD_SIZE },
      switches,
      context,
    );
  },
};
