import { checkpoints, CircuitbookError, loadModel } from "circuitbook";
import {
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { configOf } from "../../lib/checkpoint/gguf/config.ts";
import { readGgufHeader } from "../../lib/checkpoint/gguf/header.ts";
import { Notes } from "../../lib/checkpoint/gguf/notes.ts";
import { llama3Divisors } from "../../lib/checkpoint/llama3_rope.ts";
import { readExactly } from "../../lib/checkpoint/safetensors/read_exactly.ts";
import { temporaryFolder } from "./files.ts";

const folder = "tests/data/gguf";

interface Reference {
  readonly tokens: number[];
  readonly logits: number[][];
  readonly texts: Record<string, number[]>;
}

const references: Record<string, Reference> = JSON.parse(
  await Deno.readTextFile(`${folder}/references.json`),
);

Deno.test("each type of GGUF tensors is widened to the numbers of the gguf package, bit for bit", async () => {
  const { tensors } = await readGgufHeader(`${folder}/types.gguf`);
  const expected = await checkpoints.readSafetensorsHeader(`${folder}/types.safetensors`);
  assertEquals(tensors.length, 11);
  for (const { name, type, shape, file, offset, byteLength } of tensors) {
    assertEquals(type.name, name);
    using handle = await Deno.open(file);
    const values = type.widen(await readExactly(handle, file, offset, byteLength));
    const entry = expected.tensors.get(name)!;
    assertEquals(shape, entry.shape);
    const wanted = await checkpoints.readWeight({ ...entry, dtype: "F32" });
    assertEquals(new Uint32Array(values.buffer), new Uint32Array(wanted.buffer), name);
  }
});

for (const [name, { tokens, logits, texts }] of Object.entries(references)) {
  Deno.test(`${name}.gguf has the logits of transformers and the tokens of the tokenizer it came from`, async () => {
    const model = await loadModel(`${folder}/${name}.gguf`, { device: "cpu" });
    assertEquals(model.architecture.family, name);
    const cache = await model.run([tokens], { tap: "logits", positions: [-2, -1] });
    const found = cache.get("logits").data;
    logits.flat().forEach((value, i) => assertLess(Math.abs(found[i] - value), 1e-4));
    for (const [text, ids] of Object.entries(texts)) {
      assertEquals(model.tokenizer.encode(text), ids, text);
    }
    await model.dispose();
  });
}

Deno.test("rows of a GGUF tensor are those of the whole tensor, whatever the order in the file", async () => {
  for (
    const [file, names] of Object.entries({
      llama: [
        "model.embed_tokens.weight",
        "model.layers.1.self_attn.q_proj.weight",
        "model.norm.weight",
      ],
      gpt2: ["transformer.h.0.attn.c_attn.weight", "transformer.wpe.weight"],
    })
  ) {
    const checkpoint = await checkpoints.openCheckpoint(`${folder}/${file}.gguf`);
    for (const name of names) {
      const [, width = 1] = checkpoint.tensors.get(name)!.shape;
      const whole = await checkpoint.read(name);
      const rows = await checkpoint.read(name, { from: 3, to: 5 });
      assertEquals(rows, whole.slice(3 * width, 5 * width), name);
    }
  }
});

Deno.test("a GGUF file's hash is its SHA-256, and a file that was written to is refused", async () => {
  await using temporary = await temporaryFolder();
  const path = `${temporary.path}/model.gguf`;
  await Deno.copyFile(`${folder}/llama.gguf`, path);
  const model = await loadModel(path, { device: "cpu" });
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  assertEquals(await model.hash(), new Uint8Array(digest).toHex());
  await Deno.writeFile(path, new Uint8Array(1), { append: true });
  await assertRejects(() => model.run([[1, 2]]), CircuitbookError, path);
});

/** Writes a changed copy of a GGUF file and returns the message with which it is refused. */
async function refusal(
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
  file = "llama.gguf",
): Promise<string> {
  await using temporary = await temporaryFolder();
  const path = `${temporary.path}/model.gguf`;
  await Deno.writeFile(path, change(await Deno.readFile(`${folder}/${file}`)));
  const error = await assertRejects(() => loadModel(path, { device: "cpu" }), CircuitbookError);
  assertStringIncludes(error.message, path);
  return error.message;
}

/** Replaces the first of a text in bytes by another text of equal length. */
function replaced(bytes: Uint8Array<ArrayBuffer>, from: string, to: string): Uint8Array {
  const text = new TextDecoder("latin1").decode(bytes);
  const at = text.indexOf(from);
  bytes.set(new TextEncoder().encode(to), at);
  return bytes;
}

Deno.test("GGUF files that are damaged or hostile are refused by name", async () => {
  const number = (at: number, value: bigint) => (bytes: Uint8Array<ArrayBuffer>) => {
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    return bytes;
  };
  const cases: [(bytes: Uint8Array<ArrayBuffer>) => Uint8Array, string][] = [
    [() => new Uint8Array(3), "3 bytes"],
    [(bytes) => replaced(bytes, "GGUF", "GGML"), "another format"],
    [(bytes) => bytes.subarray(0, 2000), "found 19 notes"],
    [(bytes) => bytes.subarray(0, bytes.length - 40), "within"],
    [number(8, 1n << 62n), "Tensor count"],
    [number(16, 1n << 62n), "KV metadata count"],
    [number(24, 1n << 40n), "String length"],
    [(bytes) => replaced(bytes, "blk.0.attn_q.weight", "blk.1.attn_q.weight"), "again"],
    [
      (bytes) => replaced(bytes, "token_embd.weight", "model.norm.weight"),
      'found "model.norm.weight" twice',
    ],
    [(bytes) => replaced(bytes, "llama.block_count", "llama.block_level"), "llama.block_level"],
    [(bytes) => replaced(bytes, "blk.0.ffn_up.weight", "blk.0.ffn_ux.weight"), "up_proj"],
    [(bytes) => replaced(bytes, "llama.context_length", "llama.block_count_xy"), "block_count_xy"],
  ];
  for (const [change, part] of cases) assertStringIncludes(await refusal(change), part);
});

Deno.test("unknown architectures, tokenizers and pre-tokenizers of a GGUF file are refused by name", async () => {
  const cases: [string, string, string][] = [
    ["\u0005\0\0\0\0\0\0\0qwen2", "\u0005\0\0\0\0\0\0\0qwenX", '"qwenX"'],
    ["\u0004\0\0\0\0\0\0\0gpt2", "\u0004\0\0\0\0\0\0\0bert", '"bert"'],
  ];
  for (const [from, to, part] of cases) {
    assertStringIncludes(await refusal((bytes) => replaced(bytes, from, to), "qwen2.gguf"), part);
  }
  const pre = (bytes: Uint8Array<ArrayBuffer>) => {
    const at = new TextDecoder("latin1").decode(bytes).indexOf("tokenizer.ggml.pre");
    bytes.set(new TextEncoder().encode("qwenX"), at + "tokenizer.ggml.pre".length + 12);
    return bytes;
  };
  assertStringIncludes(await refusal(pre, "qwen2.gguf"), '"qwenX"');
});

Deno.test("Llama 3's factors are as many as a head has pairs, whatever size of a head the notes claim", () => {
  const notes = (headSize: number) =>
    new Notes(
      new Map<string, unknown>(Object.entries({
        "general.architecture": "llama",
        "llama.attention.head_count": 1,
        "llama.attention.key_length": headSize,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.block_count": 1,
        "llama.context_length": 64,
        "llama.embedding_length": 8,
        "llama.feed_forward_length": 8,
        "llama.rope.freq_base": 500_000,
      })),
      "model.gguf",
    );
  const scaling = {
    factor: 32,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  };
  const factors = Float32Array.from(llama3Divisors(scaling, 500_000, 64));
  // Of 64 dimensions, the fastest pairs keep their frequency, and the slowest is divided by 32.
  assertEquals([factors.length, factors[0], factors[31]], [32, 1, 32]);
  assertEquals(configOf(notes(64), [], factors).rope_scaling, { rope_type: "llama3", ...scaling });
  for (const headSize of [62, 66, 2e9]) {
    assertThrows(
      () => configOf(notes(headSize), [], factors),
      CircuitbookError,
      `Expected Llama 3's factors in "rope_freqs.weight" of model.gguf`,
    );
  }
});
