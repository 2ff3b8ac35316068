/**
 * Facts of published `config.json` files: what each says besides what is common to its family, and
 * whether it is opened. The numbers are those of the Hub; a file is not copied whole.
 * @module
 */

/** One published configuration. */
export interface WildConfig {
  /** The Hub id. */
  readonly id: string;
  /** The content of `config.json` that counts. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * layers, d_model, heads, key/value heads, head size, d_mlp, vocab, context; absent if the file
   * is refused.
   */
  readonly opens?: readonly number[];
  /** A part of the refusal. */
  readonly refused?: string;
  /** A part of each note that stands on the card, in order. */
  readonly notes?: readonly string[];
}

const opened = (
  id: string,
  config: Record<string, unknown>,
  opens: readonly number[],
  ...notes: string[]
): WildConfig => ({ id, config, opens, notes });
const refused = (id: string, config: Record<string, unknown>, refused: string): WildConfig => ({
  id,
  config,
  refused,
});

/**
 * Returns a configuration of Phi-3 as Microsoft publishes them, with code of their repositories.
 */
function phi3(sizes: readonly number[], others: Record<string, unknown>): Record<string, unknown> {
  return llamaLike("phi3", sizes, {
    architectures: ["Phi3ForCausalLM"],
    attention_bias: false,
    attention_dropout: 0.0,
    auto_map: {
      AutoConfig: "configuration_phi3.Phi3Config",
      AutoModelForCausalLM: "modeling_phi3.Phi3ForCausalLM",
    },
    embd_pdrop: 0.0,
    original_max_position_embeddings: 4096,
    resid_pdrop: 0.0,
    rope_theta: 10000.0,
    ...others,
  });
}

/**
 * Returns a Llama-like configuration from layers, d_model, heads, key/value heads, d_mlp, vocab and
 * context.
 */
function llamaLike(
  model_type: string,
  [layers, dModel, heads, kvHeads, dMlp, vocab, context]: readonly number[],
  others: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    architectures: ["CausalLM"],
    model_type,
    num_hidden_layers: layers,
    hidden_size: dModel,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    intermediate_size: dMlp,
    vocab_size: vocab,
    max_position_embeddings: context,
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    initializer_range: 0.02,
    bos_token_id: 1,
    eos_token_id: 2,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
    transformers_version: "4.40.0",
    use_cache: true,
    ...others,
  };
}

const llama = (sizes: readonly number[], others?: Record<string, unknown>) =>
  llamaLike("llama", sizes, others);
const qwen2 = (sizes: readonly number[], others?: Record<string, unknown>) =>
  llamaLike("qwen2", sizes, {
    attention_dropout: 0.0,
    rope_theta: 1e6,
    sliding_window: 32768,
    max_window_layers: sizes[0],
    use_sliding_window: false,
    ...others,
  });
const qwen3 = (sizes: readonly number[], others?: Record<string, unknown>) =>
  qwen2(sizes, {
    model_type: "qwen3",
    head_dim: 128,
    attention_bias: false,
    sliding_window: null,
    rope_scaling: null,
    ...others,
  });
const mistral = (sizes: readonly number[], others?: Record<string, unknown>) =>
  llamaLike("mistral", sizes, { rope_theta: 1e6, sliding_window: null, ...others });
const gpt2 = (
  layers: number,
  width: number,
  heads: number,
  others: Record<string, unknown> = {},
) => ({
  activation_function: "gelu_new",
  architectures: ["GPT2LMHeadModel"],
  attn_pdrop: 0.1,
  embd_pdrop: 0.1,
  resid_pdrop: 0.1,
  bos_token_id: 50256,
  eos_token_id: 50256,
  layer_norm_epsilon: 1e-5,
  model_type: "gpt2",
  n_ctx: 1024,
  n_embd: width,
  n_head: heads,
  n_layer: layers,
  n_positions: 1024,
  n_special: 0,
  predict_special_tokens: true,
  summary_first_dropout: 0.1,
  summary_type: "cls_index",
  vocab_size: 50257,
  ...others,
});
const llama31Rope = {
  factor: 8.0,
  low_freq_factor: 1.0,
  high_freq_factor: 4.0,
  original_max_position_embeddings: 8192,
  rope_type: "llama3",
};
const llama3 = { rope_theta: 500000.0, bos_token_id: 128000, eos_token_id: 128001 };
const mistral7b = [32, 4096, 32, 8, 14336, 32000, 32768];
const WINDOW = "The context is 4096 tokens";

/** Published configurations, opened and refused. */
export const wild: readonly WildConfig[] = [
  // Llama 1. Its sizes are partly transformers' defaults, and its context has an older name.
  opened(
    "decapoda-research/llama-7b-hf",
    {
      architectures: ["LLaMAForCausalLM"],
      bos_token_id: 0,
      eos_token_id: 1,
      hidden_act: "silu",
      hidden_size: 4096,
      intermediate_size: 11008,
      initializer_range: 0.02,
      max_sequence_length: 2048,
      model_type: "llama",
      num_attention_heads: 32,
      num_hidden_layers: 32,
      pad_token_id: -1,
      rms_norm_eps: 1e-6,
      torch_dtype: "float16",
      transformers_version: "4.27.0.dev0",
      use_cache: true,
      vocab_size: 32000,
    },
    [32, 4096, 32, 32, 128, 11008, 32000, 2048],
    '"max_sequence_length"',
  ),
  opened(
    "huggyllama/llama-13b",
    llama([40, 5120, 40, 40, 13824, 32000, 2048], { max_sequence_length: 2048 }),
    [40, 5120, 40, 40, 128, 13824, 32000, 2048],
    '"max_sequence_length"',
  ),
  opened("openlm-research/open_llama_3b_v2", llama([26, 3200, 32, 32, 8640, 32000, 2048]), [
    26,
    3200,
    32,
    32,
    100,
    8640,
    32000,
    2048,
  ]),
  // Llama 2 and its descendants.
  opened(
    "meta-llama/Llama-2-13b-hf",
    llama([40, 5120, 40, 40, 13824, 32000, 4096], { pretraining_tp: 2, rope_scaling: null }),
    [40, 5120, 40, 40, 128, 13824, 32000, 4096],
  ),
  opened(
    "meta-llama/Llama-2-70b-chat-hf",
    llama([80, 8192, 64, 8, 28672, 32000, 4096], { pretraining_tp: 1, rope_scaling: null }),
    [80, 8192, 64, 8, 128, 28672, 32000, 4096],
  ),
  opened(
    "codellama/CodeLlama-7b-hf",
    llama([32, 4096, 32, 32, 11008, 32016, 16384], { rope_theta: 1e6, pretraining_tp: 1 }),
    [32, 4096, 32, 32, 128, 11008, 32016, 16384],
  ),
  opened(
    "codellama/CodeLlama-34b-Instruct-hf",
    llama([48, 8192, 64, 8, 22016, 32000, 16384], { rope_theta: 1e6, pretraining_tp: 1 }),
    [48, 8192, 64, 8, 128, 22016, 32000, 16384],
  ),
  opened(
    "lmsys/vicuna-7b-v1.5",
    llama([32, 4096, 32, 32, 11008, 32000, 4096], {
      _name_or_path: "vicuna-7b-v1.5",
      max_length: 4096,
      pad_token_id: 0,
      pretraining_tp: 1,
      rope_scaling: null,
    }),
    [32, 4096, 32, 32, 128, 11008, 32000, 4096],
  ),
  opened(
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    llama([22, 2048, 32, 4, 5632, 32000, 2048], { attention_bias: false, rope_theta: 10000.0 }),
    [22, 2048, 32, 4, 64, 5632, 32000, 2048],
  ),
  opened("01-ai/Yi-6B", llama([32, 4096, 32, 4, 11008, 64000, 4096], { rope_theta: 5e6 }), [
    32,
    4096,
    32,
    4,
    128,
    11008,
    64000,
    4096,
  ]),
  opened(
    "deepseek-ai/deepseek-llm-7b-base",
    llama([30, 4096, 32, 32, 11008, 102400, 4096], { bos_token_id: 100000, eos_token_id: 100001 }),
    [30, 4096, 32, 32, 128, 11008, 102400, 4096],
  ),
  opened(
    "upstage/SOLAR-10.7B-v1.0",
    llama([48, 4096, 32, 8, 14336, 32000, 4096], { pretraining_tp: 1 }),
    [48, 4096, 32, 8, 128, 14336, 32000, 4096],
  ),
  opened(
    "NousResearch/Llama-2-7b-hf",
    llama([32, 4096, 32, 32, 11008, 32000, 4096], { pad_token_id: 0, pretraining_tp: 1 }),
    [32, 4096, 32, 32, 128, 11008, 32000, 4096],
  ),
  opened(
    "amd/AMD-Llama-135m",
    llama([12, 768, 12, 12, 2048, 32000, 2048], { attention_bias: false, pretraining_tp: 1 }),
    [12, 768, 12, 12, 64, 2048, 32000, 2048],
  ),
  opened(
    "JackFram/llama-160m",
    llama([12, 768, 12, 12, 3072, 32000, 2048], { pad_token_id: 1 }),
    [12, 768, 12, 12, 64, 3072, 32000, 2048],
  ),
  // Llama 3.
  opened(
    "meta-llama/Meta-Llama-3-8B",
    llama([32, 4096, 32, 8, 14336, 128256, 8192], { ...llama3, pretraining_tp: 1 }),
    [32, 4096, 32, 8, 128, 14336, 128256, 8192],
  ),
  opened(
    "meta-llama/Llama-3.1-70B",
    llama([80, 8192, 64, 8, 28672, 128256, 131072], { ...llama3, rope_scaling: llama31Rope }),
    [80, 8192, 64, 8, 128, 28672, 128256, 131072],
  ),
  opened(
    "meta-llama/Llama-3.2-3B-Instruct",
    llama([28, 3072, 24, 8, 8192, 128256, 131072], {
      ...llama3,
      eos_token_id: [128001, 128008, 128009],
      head_dim: 128,
      rope_scaling: { ...llama31Rope, factor: 32.0 },
      tie_word_embeddings: true,
    }),
    [28, 3072, 24, 8, 128, 8192, 128256, 131072],
  ),
  opened(
    "unsloth/Llama-3.2-1B-Instruct",
    llama([16, 2048, 32, 8, 8192, 128256, 131072], {
      ...llama3,
      head_dim: 64,
      pad_token_id: 128004,
      rope_scaling: { ...llama31Rope, factor: 32.0 },
      tie_word_embeddings: true,
      unsloth_fixed: true,
    }),
    [16, 2048, 32, 8, 64, 8192, 128256, 131072],
  ),
  opened(
    "NousResearch/Hermes-3-Llama-3.1-8B",
    llama([32, 4096, 32, 8, 14336, 128256, 131072], {
      ...llama3,
      eos_token_id: 128040,
      rope_scaling: llama31Rope,
    }),
    [32, 4096, 32, 8, 128, 14336, 128256, 131072],
  ),
  opened(
    "allenai/Llama-3.1-Tulu-3-8B",
    llama([32, 4096, 32, 8, 14336, 128264, 131072], { ...llama3, rope_scaling: llama31Rope }),
    [32, 4096, 32, 8, 128, 14336, 128264, 131072],
  ),
  // SmolLM.
  opened(
    "HuggingFaceTB/SmolLM-135M",
    llama([30, 576, 9, 3, 1536, 49152, 2048], { rope_theta: 10000.0, tie_word_embeddings: true }),
    [30, 576, 9, 3, 64, 1536, 49152, 2048],
  ),
  opened(
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    llama([30, 576, 9, 3, 1536, 49152, 8192], {
      rope_theta: 100000,
      rope_scaling: null,
      rope_interleaved: false,
      is_llama_config: true,
      pretraining_tp: 1,
      tie_word_embeddings: true,
      pad_token_id: 2,
      "transformers.js_config": { kv_cache_dtype: { q4f16: "float16", fp16: "float16" } },
    }),
    [30, 576, 9, 3, 64, 1536, 49152, 8192],
  ),
  opened(
    "HuggingFaceTB/SmolLM2-1.7B",
    llama([24, 2048, 32, 32, 8192, 49152, 8192], {
      rope_theta: 130000,
      unk_token_id: 0,
      tie_word_embeddings: true,
    }),
    [24, 2048, 32, 32, 64, 8192, 49152, 8192],
  ),
  // Qwen.
  opened("Qwen/Qwen1.5-0.5B", qwen2([24, 1024, 16, 16, 2816, 151936, 32768]), [
    24,
    1024,
    16,
    16,
    64,
    2816,
    151936,
    32768,
  ]),
  opened(
    "Qwen/Qwen2-0.5B-Instruct",
    qwen2([24, 896, 14, 2, 4864, 151936, 32768], { tie_word_embeddings: true }),
    [24, 896, 14, 2, 64, 4864, 151936, 32768],
  ),
  opened("Qwen/Qwen2-7B", qwen2([28, 3584, 28, 4, 18944, 152064, 131072]), [
    28,
    3584,
    28,
    4,
    128,
    18944,
    152064,
    131072,
  ]),
  opened(
    "Qwen/Qwen2.5-0.5B",
    qwen2([24, 896, 14, 2, 4864, 151936, 32768], { use_mrope: false, tie_word_embeddings: true }),
    [24, 896, 14, 2, 64, 4864, 151936, 32768],
  ),
  opened(
    "Qwen/Qwen2.5-Math-1.5B",
    qwen2([28, 1536, 12, 2, 8960, 151936, 4096], { sliding_window: 4096, use_mrope: false }),
    [28, 1536, 12, 2, 128, 8960, 151936, 4096],
  ),
  opened(
    "Qwen/Qwen2.5-7B-Instruct",
    qwen2([28, 3584, 28, 4, 18944, 152064, 32768], { sliding_window: 131072 }),
    [28, 3584, 28, 4, 128, 18944, 152064, 32768],
  ),
  opened("Qwen/Qwen2.5-Coder-32B", qwen2([64, 5120, 40, 8, 27648, 152064, 32768]), [
    64,
    5120,
    40,
    8,
    128,
    27648,
    152064,
    32768,
  ]),
  opened("Qwen/QwQ-32B", qwen2([64, 5120, 40, 8, 27648, 152064, 40960]), [
    64,
    5120,
    40,
    8,
    128,
    27648,
    152064,
    40960,
  ]),
  opened(
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
    qwen2([28, 1536, 12, 2, 8960, 151936, 131072], { rope_theta: 10000, use_mrope: false }),
    [28, 1536, 12, 2, 128, 8960, 151936, 131072],
  ),
  opened(
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    qwen2([28, 3584, 28, 4, 18944, 152064, 131072]),
    [
      28,
      3584,
      28,
      4,
      128,
      18944,
      152064,
      131072,
    ],
  ),
  opened("Qwen/Qwen3-1.7B", qwen3([28, 2048, 16, 8, 6144, 151936, 40960]), [
    28,
    2048,
    16,
    8,
    128,
    6144,
    151936,
    40960,
  ]),
  opened("Qwen/Qwen3-8B", qwen3([36, 4096, 32, 8, 12288, 151936, 40960]), [
    36,
    4096,
    32,
    8,
    128,
    12288,
    151936,
    40960,
  ]),
  opened("Qwen/Qwen3-4B-Instruct-2507", qwen3([36, 2560, 32, 8, 9728, 151936, 262144]), [
    36,
    2560,
    32,
    8,
    128,
    9728,
    151936,
    262144,
  ]),
  // A fine-tune by TRL with transformers 5, and one with an attribute of a trainer.
  opened(
    "trl-lib/Qwen2-0.5B-XPO",
    qwen2([24, 896, 14, 2, 4864, 151936, 32768], {
      _attn_implementation_autoset: true,
      layer_types: new Array(24).fill("full_attention"),
      dtype: "float32",
      pad_token_id: 151643,
      tie_word_embeddings: true,
    }),
    [24, 896, 14, 2, 64, 4864, 151936, 32768],
  ),
  opened(
    "a fine-tune of Qwen2.5-3B with verl",
    qwen2([36, 2048, 16, 2, 11008, 151936, 32768], {
      tie_word_embeddings: true,
      use_cache: false,
      trained_with: "verl",
    }),
    [36, 2048, 16, 2, 128, 11008, 151936, 32768],
    '"trained_with"',
  ),
  // Mistral: the window of the first version is the context.
  opened(
    "mistralai/Mistral-7B-v0.1",
    mistral(mistral7b, { rope_theta: 10000.0, sliding_window: 4096 }),
    [32, 4096, 32, 8, 128, 14336, 32000, 4096],
    WINDOW,
  ),
  opened(
    "HuggingFaceH4/zephyr-7b-beta",
    mistral(mistral7b, { rope_theta: 10000.0, sliding_window: 4096, pad_token_id: 2 }),
    [32, 4096, 32, 8, 128, 14336, 32000, 4096],
    WINDOW,
  ),
  opened(
    "teknium/OpenHermes-2.5-Mistral-7B",
    mistral([32, 4096, 32, 8, 14336, 32002, 32768], { rope_theta: 1e4, sliding_window: 4096 }),
    [32, 4096, 32, 8, 128, 14336, 32002, 4096],
    WINDOW,
  ),
  opened("mistralai/Mistral-7B-Instruct-v0.2", mistral(mistral7b), [
    32,
    4096,
    32,
    8,
    128,
    14336,
    32000,
    32768,
  ]),
  opened(
    "mistralai/Mistral-Nemo-Base-2407",
    mistral([40, 5120, 32, 8, 14336, 131072, 128000], { head_dim: 128 }),
    [40, 5120, 32, 8, 128, 14336, 131072, 128000],
  ),
  opened(
    "mistralai/Mistral-Small-24B-Base-2501",
    mistral([40, 5120, 32, 8, 32768, 131072, 32768], {
      head_dim: 128,
      rope_theta: 1e8,
    }),
    [40, 5120, 32, 8, 128, 32768, 131072, 32768],
  ),
  opened(
    "mistralai/Ministral-8B-Instruct-2410",
    mistral([36, 4096, 32, 8, 12288, 131072, 32768], {
      head_dim: 128,
      rope_theta: 1e8,
      sliding_window: 32768,
    }),
    [36, 4096, 32, 8, 128, 12288, 131072, 32768],
  ),
  // GPT-2.
  opened("openai-community/gpt2-medium", gpt2(24, 1024, 16), [
    24,
    1024,
    16,
    16,
    64,
    4096,
    50257,
    1024,
  ]),
  opened("openai-community/gpt2-large", gpt2(36, 1280, 20), [
    36,
    1280,
    20,
    20,
    64,
    5120,
    50257,
    1024,
  ]),
  opened(
    "openai-community/gpt2-xl",
    gpt2(48, 1600, 25, { output_past: true }),
    [48, 1600, 25, 25, 64, 6400, 50257, 1024],
  ),
  opened(
    "distilbert/distilgpt2",
    gpt2(6, 768, 12, { _num_labels: 1, id2label: { 0: "LABEL_0" }, label2id: { LABEL_0: 0 } }),
    [6, 768, 12, 12, 64, 3072, 50257, 1024],
  ),
  opened(
    "microsoft/DialoGPT-medium",
    gpt2(24, 1024, 16, { task_specific_params: { conversational: { max_length: 1000 } } }),
    [24, 1024, 16, 16, 64, 4096, 50257, 1024],
  ),
  opened(
    "cerebras/Cerebras-GPT-111M",
    gpt2(10, 768, 12, {
      activation_function: "gelu",
      n_inner: 3072,
      n_positions: 2048,
      scale_attn_weights: true,
    }),
    [10, 768, 12, 12, 64, 3072, 50257, 2048],
  ),
  opened("sshleifer/tiny-gpt2", gpt2(2, 2, 2), [2, 2, 2, 2, 1, 8, 50257, 1024]),
  // Families with other norms, windows, caps and fused matrices.
  opened("google/gemma-2-2b", {
    model_type: "gemma2",
    attn_logit_softcapping: 50.0,
    cache_implementation: "hybrid",
    final_logit_softcapping: 30.0,
    head_dim: 256,
    hidden_act: "gelu_pytorch_tanh",
    hidden_activation: "gelu_pytorch_tanh",
    hidden_size: 2304,
    intermediate_size: 9216,
    max_position_embeddings: 8192,
    num_attention_heads: 8,
    num_hidden_layers: 26,
    num_key_value_heads: 4,
    query_pre_attn_scalar: 256,
    rms_norm_eps: 1e-6,
    rope_theta: 10000.0,
    sliding_window: 4096,
    vocab_size: 256000,
  }, [26, 2304, 8, 4, 256, 9216, 256000, 8192]),
  opened("google/gemma-3-1b-pt", {
    model_type: "gemma3_text",
    attn_logit_softcapping: null,
    cache_implementation: "hybrid",
    final_logit_softcapping: null,
    head_dim: 256,
    hidden_activation: "gelu_pytorch_tanh",
    hidden_size: 1152,
    intermediate_size: 6912,
    max_position_embeddings: 32768,
    num_attention_heads: 4,
    num_hidden_layers: 26,
    num_key_value_heads: 1,
    query_pre_attn_scalar: 256,
    rms_norm_eps: 1e-6,
    rope_local_base_freq: 10000,
    rope_scaling: null,
    rope_theta: 1000000,
    sliding_window: 512,
    sliding_window_pattern: 6,
    vocab_size: 262144,
  }, [26, 1152, 4, 1, 256, 6912, 262144, 32768]),
  opened("EleutherAI/pythia-70m", {
    model_type: "gpt_neox",
    hidden_act: "gelu",
    hidden_size: 512,
    intermediate_size: 2048,
    layer_norm_eps: 1e-5,
    max_position_embeddings: 2048,
    num_attention_heads: 8,
    num_hidden_layers: 6,
    rotary_emb_base: 10000,
    rotary_pct: 0.25,
    tie_word_embeddings: false,
    use_parallel_residual: true,
    vocab_size: 50304,
  }, [6, 512, 8, 8, 64, 2048, 50304, 2048]),
  opened(
    "allenai/OLMo-2-1124-7B",
    llamaLike("olmo2", [32, 4096, 32, 32, 11008, 100352, 4096], {
      attention_bias: false,
      rms_norm_eps: 1e-6,
      rope_scaling: null,
      rope_theta: 500000,
    }),
    [32, 4096, 32, 32, 128, 11008, 100352, 4096],
  ),
  opened(
    "microsoft/Phi-3-mini-4k-instruct",
    phi3([32, 3072, 32, 32, 8192, 32064, 4096], { rope_scaling: null, sliding_window: 2047 }),
    [32, 3072, 32, 32, 96, 8192, 32064, 4096],
    "auto_map",
  ),
  opened(
    "microsoft/Phi-3.5-mini-instruct",
    phi3([32, 3072, 32, 32, 8192, 32064, 131072], {
      rope_scaling: {
        long_factor: new Array(48).fill(1.08),
        short_factor: new Array(48).fill(1.0),
        type: "longrope",
      },
      sliding_window: 262144,
    }),
    [32, 3072, 32, 32, 96, 8192, 32064, 4096],
    WINDOW,
    "auto_map",
  ),
  opened(
    "microsoft/Phi-4-mini-instruct",
    phi3([32, 3072, 24, 8, 8192, 200064, 131072], {
      auto_map: {
        AutoConfig: "configuration_phi3.Phi3Config",
        AutoModelForCausalLM: "modeling_phi3.Phi3ForCausalLM",
        AutoTokenizer: "Xenova/gpt-4o",
      },
      full_attn_mod: 1,
      interpolate_factor: 1,
      lm_head_bias: false,
      mlp_bias: false,
      partial_rotary_factor: 0.75,
      rope_scaling: {
        long_factor: new Array(48).fill(1.12),
        short_factor: new Array(48).fill(1.0),
        type: "longrope",
      },
      sliding_window: 262144,
      tie_word_embeddings: true,
    }),
    [32, 3072, 24, 8, 128, 8192, 200064, 4096],
    WINDOW,
    "auto_map",
  ),
  opened("EleutherAI/gpt-neox-20b", {
    architectures: ["GPTNeoXForCausalLM"],
    model_type: "gpt_neox",
    attention_probs_dropout_prob: 0,
    hidden_act: "gelu_fast",
    hidden_dropout_prob: 0,
    hidden_size: 6144,
    initializer_range: 0.02,
    intermediate_size: 24576,
    layer_norm_eps: 1e-5,
    max_position_embeddings: 2048,
    num_attention_heads: 64,
    num_hidden_layers: 44,
    rotary_emb_base: 10000,
    rotary_pct: 0.25,
    tie_word_embeddings: false,
    use_cache: true,
    vocab_size: 50432,
  }, [44, 6144, 64, 64, 96, 24576, 50432, 2048]),
  opened(
    "deepseek-ai/deepseek-coder-1.3b-base",
    llama([24, 2048, 16, 16, 5504, 32256, 16384], {
      rope_theta: 100000,
      rope_scaling: { type: "linear", factor: 4.0 },
    }),
    [24, 2048, 16, 16, 128, 5504, 32256, 16384],
  ),
  opened(
    "lmsys/vicuna-7b-v1.5-16k",
    llama([32, 4096, 32, 32, 11008, 32000, 4096], { rope_scaling: { type: "linear", factor: 4 } }),
    [32, 4096, 32, 32, 128, 11008, 32000, 4096],
  ),
  // Refused: the attribute changes numbers, or the family is not written.
  refused(
    "stanford-crfm/battlestar-gpt2-small-x49",
    gpt2(12, 768, 12, { scale_attn_by_inverse_layer_idx: true }),
    '"scale_attn_by_inverse_layer_idx"',
  ),
  refused(
    "unsloth/llama-3-8b-bnb-4bit",
    llama([32, 4096, 32, 8, 14336, 128256, 8192], {
      quantization_config: { load_in_4bit: true, quant_method: "bitsandbytes" },
    }),
    '"quantization_config"',
  ),
  refused(
    "TheBloke/Llama-2-7B-GPTQ",
    llama([32, 4096, 32, 32, 11008, 32000, 4096], {
      quantization_config: { bits: 4, quant_method: "gptq" },
    }),
    '"quantization_config"',
  ),
  refused(
    "Alibaba-NLP/gte-Qwen2-1.5B-instruct",
    qwen2([28, 1536, 12, 2, 8960, 151646, 131072], {
      auto_map: { AutoModel: "modeling_qwen.Qwen2Model" },
      is_causal: false,
    }),
    '"auto_map"',
  ),
  refused(
    "Qwen/Qwen2.5-7B-Instruct-1M",
    qwen2([28, 3584, 28, 4, 18944, 152064, 1010000], {
      dual_chunk_attention_config: { chunk_size: 262144, local_size: 8192 },
    }),
    '"dual_chunk_attention_config"',
  ),
  refused("HuggingFaceTB/SmolLM3-3B", { model_type: "smollm3" }, 'found "smollm3"'),
  refused("mistralai/Mixtral-8x7B-v0.1", { model_type: "mixtral" }, 'found "mixtral"'),
  refused("Qwen/Qwen1.5-MoE-A2.7B", { model_type: "qwen2_moe" }, 'found "qwen2_moe"'),
  refused("Qwen/Qwen3-30B-A3B", { model_type: "qwen3_moe" }, 'found "qwen3_moe"'),
  refused("deepseek-ai/DeepSeek-R1", { model_type: "deepseek_v3" }, 'found "deepseek_v3"'),
  refused("tiiuae/falcon-7b", { model_type: "falcon" }, 'found "falcon"'),
  refused("microsoft/phi-2", { model_type: "phi" }, 'found "phi"'),
  refused("EleutherAI/gpt-j-6b", { model_type: "gptj" }, 'found "gptj"'),
  refused("facebook/opt-125m", { model_type: "opt" }, 'found "opt"'),
  refused("bigscience/bloom-560m", { model_type: "bloom" }, 'found "bloom"'),
  refused("allenai/OLMo-1B-hf", { model_type: "olmo" }, 'found "olmo"'),
  refused("ibm-granite/granite-3.1-2b-base", { model_type: "granite" }, 'found "granite"'),
];
