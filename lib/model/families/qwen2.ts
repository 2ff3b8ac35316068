import { z } from "zod";
import { type Family, parseConfig } from "./config.ts";
import { only } from "./fields.ts";
import { llamaLike, llamaLikeFields } from "./llama_like.ts";

const fields = {
  ...llamaLikeFields({ vocab: 151_936, intermediate: 22_016, context: 32_768, kvHeads: 32 }),
  use_sliding_window: only(false, "sliding windows are"),
  // The window of layers from max_window_layers on. Without use_sliding_window, neither is used.
  sliding_window: z.unknown().optional(),
  max_window_layers: z.unknown().optional(),
  attention_bias: only(true, "this family without q, k and v biases is"),
};

/** Qwen2 and Qwen2.5: biases on queries, keys and values only. */
export const qwen2: Family = {
  modelType: "qwen2",
  fields,
  describe(config, context) {
    const switches = { qkvBias: true };
    return llamaLike("qwen2", parseConfig(fields, config), switches, context);
  },
};
