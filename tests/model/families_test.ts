import { type Architecture, CircuitbookError, families } from "circuitbook";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { published } from "./published_configs.ts";

const qwen2 = published["Qwen/Qwen2.5-3B"];
const qwen3 = published["Qwen/Qwen3-0.6B"];
const llama = published["deepseek-ai/DeepSeek-R1-Distill-Llama-8B"];
const mistral = published["mistralai/Mistral-7B-v0.3"];
const gpt2 = published["openai-community/gpt2"];
const toy = {
  model_type: "attention_only",
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 16,
  positions: "learned",
  norm: "layer",
};

const sizes = (
  { layers, dModel, heads, kvHeads, headSize, dMlp, vocab, context }: Architecture,
) => [
  layers,
  dModel,
  heads,
  kvHeads,
  headSize,
  dMlp,
  vocab,
  context,
];

/** The number of weights that the decoder reads. */
const parameters = ({ shapes }: Architecture) =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

function refused(config: unknown, ...parts: string[]): void {
  for (const part of parts) {
    assertThrows(() => families.architectureOf(config), CircuitbookError, part);
  }
}

Deno.test("published configurations give the published sizes", () => {
  const known: Record<keyof typeof published, number[]> = {
    "Qwen/Qwen2.5-3B": [36, 2048, 16, 2, 128, 11008, 151936, 32768],
    "Qwen/Qwen3-0.6B": [28, 1024, 16, 8, 128, 3072, 151936, 40960],
    "meta-llama/Llama-2-7b-hf": [32, 4096, 32, 32, 128, 11008, 32000, 4096],
    "meta-llama/Llama-3.1-8B-Instruct": [32, 4096, 32, 8, 128, 14336, 128256, 131072],
    "meta-llama/Llama-3.2-1B": [16, 2048, 32, 8, 64, 8192, 128256, 131072],
    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": [32, 4096, 32, 8, 128, 14336, 128256, 131072],
    "mistralai/Mistral-7B-v0.3": [32, 4096, 32, 8, 128, 14336, 32768, 32768],
    "openai-community/gpt2": [12, 768, 12, 12, 64, 3072, 50257, 1024],
  };
  for (const [id, config] of Object.entries(published)) {
    assertEquals(sizes(families.architectureOf(config)), known[id as keyof typeof published], id);
  }
});

Deno.test("the shapes add up to the published numbers of parameters", () => {
  const known: Record<keyof typeof published, number> = {
    "Qwen/Qwen2.5-3B": 3_085_938_688,
    "Qwen/Qwen3-0.6B": 596_049_920,
    "meta-llama/Llama-2-7b-hf": 6_738_415_616,
    "meta-llama/Llama-3.1-8B-Instruct": 8_030_261_248,
    "meta-llama/Llama-3.2-1B": 1_235_814_400,
    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": 8_030_261_248,
    "mistralai/Mistral-7B-v0.3": 7_248_023_552,
    "openai-community/gpt2": 124_439_808,
  };
  for (const [id, config] of Object.entries(published)) {
    assertEquals(
      parameters(families.architectureOf(config)),
      known[id as keyof typeof published],
      id,
    );
  }
});

Deno.test("switches of the families: biases, norms of heads, tied embeddings, layout", () => {
  const layer = (config: unknown) => families.architectureOf(config).weights.layer(3);
  assertEquals(layer(qwen2).q?.bias, "model.layers.3.self_attn.q_proj.bias");
  assertEquals(layer(qwen2).o.bias, undefined);
  assertEquals(layer(qwen3).qNorm, "model.layers.3.self_attn.q_norm.weight");
  assertEquals(layer(qwen3).q?.bias, undefined);
  assertEquals(
    layer({ ...qwen3, attention_bias: true }).o.bias,
    "model.layers.3.self_attn.o_proj.bias",
  );
  assertEquals(layer({ ...llama, mlp_bias: true }).down?.bias, "model.layers.3.mlp.down_proj.bias");
  assertEquals(families.architectureOf(qwen2).weights.unembed, "model.embed_tokens.weight");
  assertEquals(families.architectureOf(llama).weights.unembed, "lm_head.weight");
  assertEquals(families.architectureOf(gpt2).linearLayout, "in-out");
  assertEquals(families.architectureOf(gpt2).shapes.get("transformer.h.3.attn.c_attn.weight"), [
    768,
    2304,
  ]);
  assertEquals(families.architectureOf(gpt2).activation, "gelu_new");
});

Deno.test("rotary embeddings: older and newer attributes, and Llama 3's scaling", () => {
  const { theta, divisors = [] } = families.architectureOf(llama).rope!;
  assertEquals([theta, divisors.length], [500000, 64]);
  // By how much transformers 5.23 divides the frequencies of these pairs
  // (ROPE_INIT_FUNCTIONS["llama3"]).
  const expected = [1, 1.2075, 1.5534, 2.0263, 2.6945, 3.6843, 5.2573, 8];
  assertEquals(divisors.slice(28, 36).map((divisor) => Number(divisor.toFixed(4))), expected);
  assertEquals([divisors[0], divisors[63]], [1, 8]);
  assertEquals(families.architectureOf(published["meta-llama/Llama-2-7b-hf"]).rope, {
    theta: 10000,
  });
  const { rope_theta, rope_scaling, torch_dtype, ...rest } = llama;
  const newer = { ...rest, dtype: torch_dtype, rope_parameters: { rope_theta, ...rope_scaling } };
  assertEquals(families.architectureOf(newer).rope, { theta: 500000, divisors });
  assertEquals(
    families.architectureOf({ ...rest, rope_parameters: { rope_theta: 7, rope_type: "default" } })
      .rope,
    {
      theta: 7,
    },
  );
  assertEquals(families.architectureOf({ ...llama, rope_scaling: { type: "default" } }).rope, {
    theta: 500000,
  });
  assertEquals(families.architectureOf(gpt2).rope, undefined);
});

Deno.test("rotary embeddings whose frequencies depend on the length of a text end the context where they would", () => {
  const dynamic = { ...llama, rope_scaling: { type: "dynamic", factor: 2 } };
  assertEquals(families.architectureOf(dynamic).rope, { theta: 500000 });
  const phi3 = {
    model_type: "phi3",
    max_position_embeddings: 131072,
    rope_scaling: {
      type: "longrope",
      short_factor: new Array(48).fill(1.5),
      long_factor: new Array(48).fill(9),
    },
  };
  const { context, notes, rope } = families.architectureOf(phi3);
  assertEquals(context, 4096);
  assertEquals(notes.length, 1);
  assertEquals(rope?.divisors, new Array(48).fill(1.5));
  // Microsoft's factor: √(1 + ln 32 / ln 4096).
  assertEquals(rope?.magnitude?.toFixed(6), "1.190238");
});

Deno.test("rotary embeddings of other kinds, incomplete or contradictory, are refused by name", () => {
  for (const kind of ["mrope", "proportional"]) {
    refused(
      { ...llama, rope_scaling: { type: kind, factor: 2 } },
      "rope_scaling.rope_type",
      `found "${kind}"`,
    );
    refused(
      { ...qwen2, rope_parameters: { rope_type: kind } },
      "rope_parameters.rope_type",
      `found "${kind}"`,
    );
  }
  refused(
    { ...llama, rope_scaling: { rope_type: "llama3", factor: 8 } },
    "rope_scaling.low_freq_factor",
  );
  refused({ ...llama, rope_scaling: { rope_type: "default", factor: 8 } }, "rope_scaling.factor");
  refused({ ...llama, rope_scaling: "llama3" }, "rope_scaling");
  refused({ ...llama, rope_parameters: { rope_theta: 1 } }, "to agree with rope_theta");
  refused(
    { ...llama, rope_parameters: { full_attention: { rope_theta: 1 } } },
    "rope_parameters.full_attention",
  );
  refused({ ...llama, rope_theta: -1 }, "rope_theta", "above 0");
  refused({ ...llama, rope_parameters: { partial_rotary_factor: 0.5 } }, "partial_rotary_factor");
});

Deno.test("sliding windows in use are refused by name, those not in use are not", () => {
  refused({ ...qwen2, use_sliding_window: true }, '"use_sliding_window"', "sliding windows");
  refused({ ...qwen3, use_sliding_window: true }, '"use_sliding_window"');
  refused(
    { ...qwen3, layer_types: ["full_attention", "sliding_attention"] },
    "layer_types.1",
    "sliding_attention",
  );
  refused({ ...llama, sliding_window: 4096 }, '"sliding_window": 4096');
  assertEquals(families.architectureOf({ ...mistral, sliding_window: 32768 }).context, 32768);
  assertEquals(families.architectureOf({ ...mistral, sliding_window: 4096 }).context, 4096);
  const all = new Array(qwen3.num_hidden_layers).fill("full_attention");
  assert(families.architectureOf({ ...qwen3, layer_types: all }));
});

Deno.test("a list of layers' kinds of another length than the layers is refused, as in transformers", () => {
  const gemma = { model_type: "gemma2", num_hidden_layers: 3 };
  const gemma3 = { model_type: "gemma3_text", num_hidden_layers: 3 };
  const full = "full_attention";
  const sliding = "sliding_attention";
  for (const layer_types of [[], [sliding], [sliding, full], [full, full, sliding, full]]) {
    for (const config of [gemma, gemma3]) {
      refused({ ...config, layer_types }, '"layer_types" to name the kinds of 3 layers');
    }
  }
  const { window } = families.architectureOf({ ...gemma, layer_types: [full, sliding, full] });
  assertEquals(window?.layers, [false, true, false]);
  refused({ ...llama, layer_types: [full] }, "32 layers (num_hidden_layers)");
  refused({ ...mistral, layer_types: [full] }, '"layer_types"');
});

Deno.test("an auto_map that names only classes of the family loads with a note", () => {
  const phi3 = { model_type: "phi3" };
  const own = {
    AutoConfig: "configuration_phi3.Phi3Config",
    AutoModelForCausalLM: "microsoft/Phi-3-mini-4k-instruct--modeling_phi3.Phi3ForCausalLM",
    AutoTokenizer: "Xenova/gpt-4o",
  };
  const { notes } = families.architectureOf({ ...phi3, auto_map: own });
  assertEquals(notes.length, 1);
  assert(notes[0].includes("auto_map"), notes[0]);
  for (
    const name of [
      "modeling_phi3.LongPhi3ForCausalLM",
      "modeling_flash_phi3.Phi3ForCausalLM",
      "modeling_phi3",
    ]
  ) {
    refused({ ...phi3, auto_map: { ...own, AutoModelForCausalLM: name } }, '"auto_map"');
  }
  refused({ ...qwen2, auto_map: { AutoModel: "modeling_qwen.Qwen2Model" } }, '"auto_map"');
  refused({ ...phi3, auto_map: "modeling_phi3.Phi3ForCausalLM" }, '"auto_map"');
});

Deno.test("attributes that would change the result are refused by name", () => {
  const cases: [unknown, string][] = [
    [{ ...llama, hidden_act: "quick_gelu" }, '"hidden_act" to be one of the supported activations'],
    [{ ...gpt2, activation_function: "tanh" }, '"activation_function"'],
    [{ ...llama, attn_logit_softcapping: 50 }, '"attn_logit_softcapping": 50'],
    [{ ...llama, final_logit_softcapping: 30 }, '"final_logit_softcapping": 30'],
    [{ ...llama, partial_rotary_factor: 0.5 }, '"partial_rotary_factor": 0.5'],
    [{ ...llama, quantization_config: { bits: 4 } }, '"quantization_config"'],
    [{ ...llama, pruned_heads: { 0: [1] } }, '"pruned_heads"'],
    [{ ...mistral, attention_bias: true }, '"attention_bias"'],
    [{ ...qwen2, use_mrope: true }, '"use_mrope"'],
    [{ ...qwen2, rope_interleaved: true }, '"rope_interleaved"'],
    [{ ...gpt2, scale_attn_by_inverse_layer_idx: true }, '"scale_attn_by_inverse_layer_idx"'],
    [{ ...gpt2, scale_attn_weights: false }, '"scale_attn_weights"'],
    [{ ...gpt2, add_cross_attention: true }, '"add_cross_attention"'],
  ];
  for (const [config, part] of cases) refused(config, part, "config.json");
});

Deno.test("the same attributes switched off are taken", () => {
  const off = {
    attn_logit_softcapping: null,
    partial_rotary_factor: 1.0,
    pretraining_tp: 2,
    quantization_config: null,
  };
  assertEquals(
    sizes(families.architectureOf({ ...llama, ...off })),
    sizes(families.architectureOf(llama)),
  );
  assert(
    families.architectureOf({ ...gpt2, reorder_and_upcast_attn: true, add_cross_attention: false }),
  );
  assertEquals(
    families.architectureOf({ ...llama, hidden_act: "gelu_pytorch_tanh" }).activation,
    "gelu_new",
  );
});

Deno.test("missing, wrong and unfitting sizes are refused by name", () => {
  refused({ ...qwen2, hidden_size: 0 }, '"hidden_size" to be above 0 but found 0');
  refused({ ...qwen2, vocab_size: "many" }, '"vocab_size"', '"many"');
  refused({ ...qwen2, num_hidden_layers: 0 }, '"num_hidden_layers"');
  refused(
    { ...qwen2, num_key_value_heads: 3 },
    '"num_key_value_heads" to divide num_attention_heads (16)',
  );
  refused({ ...qwen2, num_attention_heads: 14, num_key_value_heads: 2 }, '"head_dim"');
  refused({ ...gpt2, n_head: 7 }, '"n_embd" to be a multiple of n_head (7)');
  refused({ ...toy, num_attention_heads: 3 }, '"head_dim"');
});

/** The configuration of a small model of each family. */
const small = new Map<string, Record<string, unknown>>([
  ["phi3", { model_type: "phi3", sliding_window: 1024 }],
  ["attention_only", { ...toy, positions: "rotary" }],
]);
for (const { name } of Deno.readDirSync("tests/data/checkpoints")) {
  const path = `tests/data/checkpoints/${name}/config.json`;
  const config = JSON.parse(Deno.readTextFileSync(path));
  if (!small.has(config.model_type)) small.set(config.model_type, config);
}

for (const family of families.supportedFamilies) {
  const config = small.get(family)!;
  const [layers, width, heads] = family === "gpt2"
    ? ["n_layer", "n_embd", "n_head"]
    : ["num_hidden_layers", "hidden_size", "num_attention_heads"];

  Deno.test(`${family}: layers that no checkpoint has are refused before a list of them is made`, () => {
    for (const count of [20_000, 2e9]) {
      refused({ ...config, [layers]: count }, `"${layers}" to be at most 10000`, `found ${count}`);
    }
    const tensorNames = new Set(["a", "b"]);
    assertThrows(
      () => families.architectureOf({ ...config, [layers]: 2e9 }, { tensorNames }),
      CircuitbookError,
      `"${layers}" to be at most 2 (the number of tensors in the checkpoint)`,
    );
  });

  Deno.test(`${family}: widths that no model has are refused before a list of them is made`, () => {
    const { head_dim: _, ...whole } = config;
    const wide = { ...whole, [heads]: 1, [width]: 2e9 };
    refused(wide, `"${width}" to be at most 1000000`, "found 2000000000");
  });
}

Deno.test("heads that no model has are refused for every kind of rotary embedding", () => {
  const factors = { factor: 2, original_max_position_embeddings: 4096 };
  const kinds = {
    default: {},
    linear: { factor: 2 },
    dynamic: { factor: 2 },
    llama3: { ...factors, low_freq_factor: 1, high_freq_factor: 4 },
    yarn: factors,
    longrope: { short_factor: [1], long_factor: [1], factor: 2 },
  };
  for (const [rope_type, numbers] of Object.entries(kinds)) {
    for (const attribute of ["rope_scaling", "rope_parameters"]) {
      const rope = { ...llama, rope_scaling: undefined, [attribute]: { rope_type, ...numbers } };
      for (const size of [20_000, 2e9]) {
        refused({ ...rope, head_dim: size }, '"head_dim" to be at most 10000', `found ${size}`);
      }
    }
  }
});

Deno.test("an unknown family, or none, is refused with the supported ones, nearest first", () => {
  refused({ ...qwen2, model_type: "qwen4" }, "out of qwen2, qwen3", 'found "qwen4"');
  refused({ ...qwen2, model_type: "constructor" }, 'found "constructor"');
  for (const config of [{}, null, 1, [], "qwen2"]) {
    refused(config, '"model_type" out of qwen2', "found none");
  }
  assertEquals(families.supportedFamilies, [
    "qwen2",
    "qwen3",
    "llama",
    "mistral",
    "gemma2",
    "gemma3_text",
    "gpt_neox",
    "olmo2",
    "phi3",
    "gpt2",
    "attention_only",
  ]);
});

Deno.test("end tokens come from config.json and generation_config.json, each once", () => {
  assertEquals(families.architectureOf(qwen2).endTokens, [151643]);
  const generationConfig = { eos_token_id: [151645, 151643], temperature: 0.7 };
  assertEquals(families.architectureOf(qwen2, { generationConfig }).endTokens, [151643, 151645]);
  assertEquals(families.architectureOf({ ...qwen2, eos_token_id: null }).endTokens, []);
  const wrong = { generationConfig: { eos_token_id: "</s>" } };
  assertThrows(
    () => families.architectureOf(qwen2, wrong),
    CircuitbookError,
    "generation_config.json",
  );
});

Deno.test("GPT-2's tensors are named with or without a prefix, as the checkpoint has them", () => {
  const shallow = { ...gpt2, n_layer: 1 };
  const bare = families.architectureOf(shallow, { tensorNames: new Set(["wte.weight"]) });
  assertEquals(bare.weights.layer(0).qkv?.weight, "h.0.attn.c_attn.weight");
  const prefixed = families.architectureOf(shallow, {
    tensorNames: new Set(["transformer.wte.weight"]),
  });
  assertEquals(prefixed.weights.positions, "transformer.wpe.weight");
  assert(bare.harmlessTensors?.some((pattern) => pattern.test("h.0.attn.bias")));
  assert(!bare.harmlessTensors?.some((pattern) => pattern.test("h.0.attn.c_attn.bias")));
});

Deno.test("the attention-only toy: positions and norms of each kind", () => {
  assertEquals(Object.fromEntries(families.architectureOf({ ...toy, head_dim: 3 }).shapes), {
    "embed.weight": [11, 8],
    "positions.weight": [16, 8],
    "blocks.0.norm.weight": [8],
    "blocks.0.norm.bias": [8],
    "blocks.0.attn.q.weight": [6, 8],
    "blocks.0.attn.k.weight": [6, 8],
    "blocks.0.attn.v.weight": [6, 8],
    "blocks.0.attn.o.weight": [8, 6],
    "norm.weight": [8],
    "norm.bias": [8],
    "unembed.weight": [11, 8],
  });
  const rotary = families.architectureOf({
    ...toy,
    positions: "rotary",
    norm: "none",
    tie_word_embeddings: true,
  });
  assertEquals(rotary.rope, { theta: 10000 });
  assertEquals(rotary.norm, { kind: "none" });
  assertEquals([...rotary.shapes.keys()].length, 5);
  refused({ ...toy, positions: "sinusoidal" }, '"positions" to be one of learned, rotary, none');
});
