import { z } from "zod";
import { type Family, parseConfig } from "./config.ts";
import { only, size } from "./fields.ts";
import { llamaLike, llamaLikeFields } from "./llama_like.ts";

const fields = {
  ...llamaLikeFields,
  num_key_value_heads: size,
  use_sliding_window: only(false, "sliding windows are"),
  // The window of layers from max_window_layers on. Without use_sliding_window, neither is used.
  sliding_window: z.unknown().optional(),
  max_window_layers: z.unknown().optional(),
  attention_bias: only(true, "this family without q, k and v biases is"),
};

/** Qwen2 and Qwen2.5: biases on queries, keys and values only. */
export const qwen2: Family = {
  modelType: "qwen2",
  describe(config, context) {
    const switches = { qkvBias: true, outBias: false, mlpBias: false, qkNorm: false };
    return llamaLike("qwen2", parseConfig("qwen2", fields, config), switches, context);
  },
};
