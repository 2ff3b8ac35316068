import { type Architecture, CircuitbookError, families, loadModel, notebook } from "circuitbook";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { published } from "./published_configs.ts";
import { wild } from "./wild_configs.ts";

const sizes = (a: Architecture) => [
  a.layers,
  a.dModel,
  a.heads,
  a.kvHeads,
  a.headSize,
  a.dMlp,
  a.vocab,
  a.context,
];

Deno.test("at least 60 published configurations are opened with their sizes, or refused with a reason", () => {
  assert(wild.length + Object.keys(published).length >= 60);
  for (const { id, config, opens, refused, notes = [] } of wild) {
    if (refused) {
      assertThrows(() => families.architectureOf(config), CircuitbookError, refused, id);
      continue;
    }
    const architecture = families.architectureOf(config);
    assertEquals(sizes(architecture), opens, id);
    assertEquals(architecture.notes.length, notes.length, `${id}: ${architecture.notes}`);
    notes.forEach((part, i) => assertStringIncludes(architecture.notes[i], part, id));
  }
});

const llama = published["deepseek-ai/DeepSeek-R1-Distill-Llama-8B"];
const qwen = published["Qwen/Qwen2.5-3B"];
const gpt2 = published["openai-community/gpt2"];

Deno.test("edits that would change a number are refused by name, with the file and the way out", () => {
  const harmful: [Record<string, unknown>, string, unknown][] = [
    [llama, "attn_logit_softcapping", 50],
    [llama, "final_logit_softcapping", 30],
    [llama, "logit_scale", 0.0625],
    [llama, "logits_scaling", 8],
    [llama, "embedding_multiplier", 12],
    [llama, "residual_multiplier", 0.22],
    [llama, "attention_multiplier", 0.015],
    [llama, "attention_chunk_size", 8192],
    [llama, "sliding_window", 4096],
    [llama, "clip_qkv", 8],
    [llama, "num_local_experts", 8],
    [llama, "moe_intermediate_size", 1408],
    [llama, "no_rope_layers", [1, 1, 1, 0]],
    [llama, "use_qk_norm", true],
    [llama, "qkv_bias", true],
    [llama, "layer_norm_type", "low_precision"],
    [llama, "quantization_config", { bits: 4 }],
    [llama, "auto_map", { AutoModelForCausalLM: "modeling.Model" }],
    [llama, "mup_base_width", 256],
    [llama, "alibi", true],
    [llama, "rotary_pct", 0.25],
    [llama, "partial_rotary_factor", 0.5],
    [qwen, "rope_interleaved", true],
    [qwen, "use_mrope", true],
    [qwen, "is_causal", false],
    [gpt2, "add_cross_attention", true],
    [gpt2, "num_cross_attention_layers", 2],
    [gpt2, "n_special", 3],
  ];
  for (const [config, name, value] of harmful) {
    const edited = { ...config, [name]: value };
    assertThrows(() => families.architectureOf(edited), CircuitbookError, `"${name}"`);
    assertThrows(() => families.architectureOf(edited), CircuitbookError, "config.json");
    assertThrows(() => families.architectureOf(edited), CircuitbookError, "ignoreConfig");
  }
});

Deno.test("unknown attributes that are empty or false pass, and others with a plain name load with a note", () => {
  const empty = {
    use_logit_softcap: false,
    clip_qkv: null,
    expert_list: [],
    scale_map: {},
    norm_kind: "",
    residual_dropout: 0.1,
  };
  assertEquals(families.architectureOf({ ...llama, ...empty }).notes, []);
  assertEquals(families.architectureOf({ ...llama, run_name: "a", seed: 3 }).notes, [
    'Attributes of config.json that nobody here knows were ignored: "run_name", "seed".',
  ]);
});

Deno.test("missing sizes are transformers' defaults", () => {
  const of = (model_type: string) => sizes(families.architectureOf({ model_type }));
  assertEquals(of("llama"), [32, 4096, 32, 32, 128, 11008, 32000, 2048]);
  assertEquals(of("mistral"), [32, 4096, 32, 8, 128, 14336, 32000, 4096]);
  assertEquals(of("qwen2"), [32, 4096, 32, 32, 128, 22016, 151936, 32768]);
  assertEquals(of("qwen3"), [32, 4096, 32, 32, 128, 22016, 151936, 32768]);
  assertEquals(of("gpt2"), [12, 768, 12, 12, 64, 3072, 50257, 1024]);
  assertEquals(families.architectureOf({ model_type: "llama" }).norm, { kind: "rms", eps: 1e-6 });
  const mistral = { model_type: "mistral", num_key_value_heads: null };
  assertEquals(families.architectureOf(mistral).kvHeads, 32);
});

/**
 * Calls `work` with a copy of a small checkpoint whose configuration has further attributes, and
 * returns what was warned.
 */
async function withConfig(
  more: Record<string, unknown>,
  work: (folder: string) => Promise<void>,
): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  const from = "tests/data/checkpoints/llama_single";
  const warned: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => warned.push(text);
  try {
    for (const file of ["model.safetensors", "tokenizer.json", "generation_config.json"]) {
      await Deno.copyFile(`${from}/${file}`, `${folder}/${file}`);
    }
    const config = JSON.parse(await Deno.readTextFile(`${from}/config.json`));
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ ...config, ...more }));
    await work(folder);
  } finally {
    console.warn = warn;
    await Deno.remove(folder, { recursive: true });
  }
  return warned;
}

Deno.test("an unknown attribute is warned of once, and stands on the card", async () => {
  const warned = await withConfig({ run_name: "a", seed: 3 }, async (folder) => {
    const model = await loadModel(folder, { device: "cpu" });
    await model.run([1, 2, 3]);
    assert(notebook.modelCard(model).text.includes('ignored: "run_name", "seed"'));
    await model.dispose();
  });
  assertEquals(warned.length, 1);
  assert(warned[0].includes('"run_name", "seed"'), warned[0]);
});

Deno.test("ignoreConfig leaves an attribute out, or a part of one, and refuses one that is not there", async () => {
  const more = {
    logit_scale: 1,
    rope_parameters: { rope_theta: 10000, rope_type: "default", factor: 1 },
  };
  await withConfig(more, async (folder) => {
    await assertRejects(
      () => loadModel(folder, { device: "cpu" }),
      CircuitbookError,
      "logit_scale",
    );
    const one = { device: "cpu", ignoreConfig: ["logit_scale"] } as const;
    await assertRejects(() => loadModel(folder, one), CircuitbookError, "rope_parameters.factor");
    const model = await loadModel(folder, {
      device: "cpu",
      ignoreConfig: ["logit_scale", "rope_parameters.factor"],
    });
    const plain = await loadModel("tests/data/checkpoints/llama_single", { device: "cpu" });
    assertEquals(
      (await model.run([1, 2, 3])).logits.data,
      (await plain.run([1, 2, 3])).logits.data,
    );
    await model.dispose();
    await plain.dispose();
    const wrong = { device: "cpu", ignoreConfig: ["logit_scal"] } as const;
    await assertRejects(() => loadModel(folder, wrong), CircuitbookError, "nearest: logit_scale");
  });
});
