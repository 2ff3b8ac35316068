import { safetensorsBytes, temporaryFolder, writeFiles } from "../checkpoint/files.ts";
import { grouped, refusedBothWays } from "./both_ways.ts";

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;

const weights = await Deno.readFile(`${grouped}/model.safetensors`);
const headerLength = Number(new DataView(weights.buffer).getBigUint64(0, true));
const header: Header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + headerLength)));
const config = JSON.parse(await Deno.readTextFile(`${grouped}/config.json`));
const norm = "model.norm.weight";
const gate = "model.layers.0.mlp.gate_proj.weight";

/** The model's weights under another header. */
function lying(change: (header: Header) => void): Uint8Array {
  const copy = structuredClone(header);
  change(copy);
  return safetensorsBytes(copy, weights.subarray(8 + headerLength));
}

/** Refuses the small model with some of its files replaced; an undefined one is not there. */
async function refused(
  files: Readonly<Record<string, unknown>>,
  ...parts: string[]
): Promise<void> {
  await using folder = await temporaryFolder();
  const tokenizer = await Deno.readTextFile(`${grouped}/tokenizer.json`);
  const all = {
    "config.json": config,
    "model.safetensors": weights,
    "tokenizer.json": tokenizer,
    ...files,
  };
  await writeFiles(
    folder.path,
    Object.fromEntries(Object.entries(all).filter(([, content]) => content !== undefined)),
  );
  await refusedBothWays({ model: folder.path, input: "a" }, ...parts);
}

const weightCases: [label: string, bytes: Uint8Array, ...parts: string[]][] = [
  ["empty", new Uint8Array(0), "has 0 bytes"],
  ["cut off in its length", weights.slice(0, 5), "has 5 bytes"],
  ["cut off in its header", weights.slice(0, 100), "header length"],
  ["cut off in its data", weights.slice(0, weights.length - 1), "tensor", "data_offsets within"],
  [
    "with a header longer than the file",
    relabelled(BigInt(weights.length) + 1000n),
    "header length",
    "truncated",
  ],
  ["with an endless header", relabelled(2n ** 63n), "header length of 9223372036854775808"],
  [
    "with a header that is no JSON",
    safetensorsBytes("{", weights.subarray(8)),
    "a JSON object as the safetensors header",
  ],
  [
    "with overlapping tensors",
    lying((h) =>
      h[norm].data_offsets = h[gate].data_offsets.map((_, i) => h[gate].data_offsets[0] + 128 * i)
    ),
    gate,
    norm,
    "overlap",
  ],
  [
    "with offsets outside",
    lying((h) => h[norm].data_offsets = [2 ** 40, 2 ** 40 + 128]),
    norm,
    "1099511627776",
  ],
  ["with negative offsets", lying((h) => h[norm].data_offsets = [-128, 0]), norm, "[-128,0]"],
  ["with offsets backwards", lying((h) => h[norm].data_offsets.reverse()), norm],
  ["with an unknown dtype", lying((h) => h[norm].dtype = "F12"), norm, '"F12"'],
  ["with a dtype that weights cannot have", lying((h) => h[norm].dtype = "I32"), norm, "I32"],
  [
    "with a shape that does not fit its bytes",
    lying((h) => h[norm].shape = [33]),
    norm,
    "132 bytes",
    "128 bytes",
  ],
  [
    "with a shape that does not fit config.json",
    lying((h) => h[gate].shape.reverse()),
    gate,
    "[48, 32]",
    "[32, 48]",
  ],
  [
    "with a tensor missing",
    // The tensor is the last of the file: its bytes go with it.
    lying((h) => delete h[norm]).slice(0, -128),
    `"${norm}"`,
    "no such tensor",
  ],
  [
    "with bytes that belong to no tensor",
    lying((h) => delete h[norm]),
    "128 bytes that belong to no tensor",
  ],
  [
    "with a tensor misnamed",
    lying((h) => (h["model.nrm.weight"] = h[norm], delete h[norm])),
    `"${norm}"`,
    '"model.nrm.weight"',
  ],
  [
    "with a tensor that would be left out",
    lying((h) => (h["model.extra.weight"] = { ...h[norm], shape: [0], data_offsets: [0, 0] })),
    '"model.extra.weight"',
    "leaving",
  ],
];

for (const [label, bytes, ...parts] of weightCases) {
  Deno.test(`weights ${label} are refused`, () =>
    refused({ "model.safetensors": bytes }, ...parts));
}

Deno.test("a folder without weights, tokenizer or config.json is refused", async () => {
  await refused(
    { "model.safetensors": undefined },
    "model.safetensors or model.safetensors.index.json",
  );
  await refused(
    { "tokenizer.json": undefined },
    "Expected a tokenizer.json",
    "token ids instead of text",
  );
  await refused({ "config.json": undefined }, "a config.json");
});

Deno.test("JSON files that hold no JSON are refused by name", async () => {
  for (
    const name of [
      "config.json",
      "tokenizer.json",
      "generation_config.json",
      "tokenizer_config.json",
    ]
  ) {
    await refused({ [name]: "" }, "Expected JSON in", name, "an empty file");
    await refused({ [name]: '{\n  "a": [1,\n' }, "Expected JSON in", name, '{\\n  \\"a\\": [1,');
  }
  await refused({ "config.json": [config] }, "config.json");
  await refused({ "tokenizer.json": [] }, "Expected a supported tokenizer", "tokenizer.json");
});

Deno.test("an index that names a missing shard, or a path outside the folder, is refused", async () => {
  const index = (file: string) => ({
    "model.safetensors": undefined,
    "model.safetensors.index.json": { weight_map: { [norm]: file } },
  });
  await refused(
    index("model-00001-of-00002.safetensors"),
    '"model-00001-of-00002.safetensors"',
    "no such file",
  );
  for (const outside of ["../model.safetensors", "/etc/passwd", "a/../../b"]) {
    await refused(index(outside), "inside the model's folder", `"${outside}"`);
  }
  await refused(
    { ...index("model-1.safetensors"), "model-1.safetensors": weights.slice(0, 50) },
    "model-1.safetensors",
  );
});

const configCases: [changes: Record<string, unknown>, ...parts: string[]][] = [
  [{ vocab_size: 97 }, "model.embed_tokens.weight", "[97, 32]", "[96, 32]"],
  [{ num_hidden_layers: 3 }, '"layer_types" to name the kinds of 3 layers'],
  [{ num_hidden_layers: 3, layer_types: undefined }, "model.layers.2.", "no such tensor"],
  [
    { num_hidden_layers: 2e9 },
    '"num_hidden_layers" to be at most 26',
    "number of tensors",
    "found 2000000000",
  ],
  [{ num_hidden_layers: 1, layer_types: ["full_attention"] }, "model.layers.1.", "leaving"],
  [{ num_key_value_heads: 4 }, "model.layers.0.self_attn.k_proj", "[16"],
  [{ intermediate_size: 40 }, gate, "[40, 32]", "[48, 32]"],
  [{ tie_word_embeddings: false }, '"lm_head.weight"'],
  [{ hidden_size: "32" }, '"hidden_size"', '"32"'],
  [{ num_attention_heads: 0 }, '"num_attention_heads"', "found 0"],
  // Without the attribute, the default of transformers applies: 32 layers, more than these weights
  // have.
  [
    { num_hidden_layers: undefined, layer_types: undefined },
    "model.layers.2.",
    "no such tensor",
  ],
  [{ model_type: "qwen9" }, '"qwen9"', "model_type", "qwen3"],
  [{ model_type: undefined }, '"model_type"'],
  [{ hidden_act: "tanh" }, '"hidden_act"', '"tanh"'],
  [{ use_sliding_window: true, sliding_window: 16 }, "sliding_window"],
  [{ layer_types: ["full_attention", "sliding_attention"] }, "layer_types", "sliding_attention"],
  [{ rope_parameters: { rope_type: "yarm", rope_theta: 1e4, factor: 4 } }, "yarm"],
  [
    { rope_parameters: undefined, rope_theta: 1e4, rope_scaling: { type: "mrope", factor: 2 } },
    "mrope",
  ],
  [{ partial_rotary_factor: 0.5 }, '"partial_rotary_factor"', "0.5"],
  [{ final_logit_softcapping: 30 }, '"final_logit_softcapping"', "30"],
  [{ mlp_bias: true }, '"mlp_bias"', "true"],
];

for (const [changes, ...parts] of configCases) {
  Deno.test(`config.json with ${JSON.stringify(changes)} is refused`, () => {
    const changed = Object.entries({ ...config, ...changes }).filter(([, value]) =>
      value !== undefined
    );
    return refused({ "config.json": Object.fromEntries(changed) }, ...parts);
  });
}

/** Returns the weights with another length of the header. */
function relabelled(length: bigint): Uint8Array {
  const copy = weights.slice();
  new DataView(copy.buffer).setBigUint64(0, length, true);
  return copy;
}
