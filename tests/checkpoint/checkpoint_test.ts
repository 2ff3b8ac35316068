import { checkpoints, CircuitbookError, families, loadModel } from "circuitbook";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { createHash } from "node:crypto";
import { safetensorsBytes, temporaryFolder, writeFiles, zeros } from "./files.ts";

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  "embed.weight": [5, 4],
  "blocks.0.attn.q.weight": [4, 4],
  "blocks.0.attn.k.weight": [4, 4],
  "blocks.0.attn.v.weight": [4, 4],
  "blocks.0.attn.o.weight": [4, 4],
  "unembed.weight": [5, 4],
};

const CONFIG = {
  model_type: "attention_only",
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 8,
  positions: "none",
  norm: "none",
};

async function refused(
  files: Readonly<Record<string, unknown>>,
  ...parts: string[]
): Promise<void> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, files);
  const open = async () =>
    families.architectureOfCheckpoint(await checkpoints.openCheckpoint(folder.path));
  for (const part of parts) await assertRejects(open, CircuitbookError, part);
}

Deno.test("the embedded twins open, and their configurations fit their weights", async () => {
  for (const name of ["countdown-base", "countdown-r1"]) {
    const path = `data/models/${name}`;
    const checkpoint = await checkpoints.openCheckpoint(path);
    const { layers, heads, kvHeads, headSize, endTokens } = families.architectureOfCheckpoint(
      checkpoint,
    );
    assertEquals({ layers, heads, kvHeads, headSize, endTokens }, {
      layers: 8,
      heads: 6,
      kvHeads: 2,
      headSize: 32,
      endTokens: [573],
    });
    const embed = await checkpoint.read("model.embed_tokens.weight");
    assertEquals(embed.length, 574 * 192);
    const sha256 = createHash("sha256").update(await Deno.readFile(`${path}/model.safetensors`))
      .digest("hex");
    assertEquals(await checkpoint.hash(), sha256);
  }
});

Deno.test("shards read like one file, through links as in the Hub's cache", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/blobs`);
  await Deno.mkdir(`${folder.path}/snapshot`);
  const values = new Uint8Array(new Float32Array([1, 2]).buffer);
  const header = (name: string) => ({ [name]: { dtype: "F32", shape: [2], data_offsets: [0, 8] } });
  await writeFiles(`${folder.path}/blobs`, {
    first: safetensorsBytes(header("a"), values),
    second: safetensorsBytes(header("b"), values),
  });
  await Deno.symlink("../blobs/first", `${folder.path}/snapshot/model-1.safetensors`);
  await Deno.symlink("../blobs/second", `${folder.path}/snapshot/model-2.safetensors`);
  await writeFiles(`${folder.path}/snapshot`, {
    "config.json": CONFIG,
    "model.safetensors.index.json": {
      weight_map: { b: "model-2.safetensors", a: "model-1.safetensors" },
    },
  });
  const checkpoint = await checkpoints.openCheckpoint(`${folder.path}/snapshot`);
  assertEquals([...checkpoint.tensors.keys()], ["a", "b"]);
  assertEquals(
    checkpoint.tensors.get("b")?.file,
    await Deno.realPath(`${folder.path}/blobs/second`),
  );
  assertEquals([...await checkpoint.read("b")], [1, 2]);
  assertEquals((await checkpoint.hash()).length, 64);
  assertEquals(
    await checkpoint.hash(),
    await (await checkpoints.openCheckpoint(`${folder.path}/snapshot`)).hash(),
  );
});

Deno.test("a folder without config.json, with an empty one, or one that is no JSON is refused", async () => {
  const weights = { "model.safetensors": zeros(SHAPES) };
  await refused(weights, "Expected a model folder with a config.json");
  await refused({ ...weights, "config.json": "" }, "Expected JSON", "an empty file");
  await refused(
    { ...weights, "config.json": "{'model_type'" },
    "Expected JSON",
    "config.json",
    "{'model_type'",
  );
  await refused({ ...weights, "config.json": "[1]" }, "model_type");
  await refused(
    { ...weights, "config.json": CONFIG, "generation_config.json": "no" },
    "generation_config.json",
  );
});

Deno.test("a folder without weights, or with empty ones, is refused", async () => {
  await refused(
    { "config.json": CONFIG },
    "Expected model.safetensors or model.safetensors.index.json",
  );
  await refused({ "config.json": CONFIG, "model.safetensors": new Uint8Array(0) }, "has 0 bytes");
});

Deno.test("an index that names a missing shard, one outside the folder, or none is refused", async () => {
  const index = (file: string) => ({
    "config.json": CONFIG,
    "model.safetensors.index.json": { weight_map: { a: file } },
  });
  await refused(
    index("model-00001-of-00002.safetensors"),
    'the shard "model-00001-of-00002.safetensors"',
  );
  for (
    const outside of ["../model.safetensors", "/etc/passwd", "a/../../b", "C:\\model", "..\\model"]
  ) {
    await refused(index(outside), "inside the model's folder", `found "${outside}"`);
  }
  await refused(
    { "config.json": CONFIG, "model.safetensors.index.json": { weight_map: {} } },
    "at least one shard",
  );
  await refused({ "config.json": CONFIG, "model.safetensors.index.json": [] }, '"weight_map"');
});

Deno.test("a tensor that two shards hold is refused", async () => {
  await refused({
    "config.json": CONFIG,
    "model-1.safetensors": zeros({ a: [1] }),
    "model-2.safetensors": zeros({ a: [1] }),
    "model.safetensors.index.json": {
      weight_map: { a: "model-1.safetensors", b: "model-2.safetensors" },
    },
  }, '"a" again');
});

Deno.test("a missing tensor is refused with the nearest names", async () => {
  const { "blocks.0.attn.q.weight": _, ...rest } = SHAPES;
  const shapes = { ...rest, "blocks.0.attn.query.weight": [4, 4] };
  await refused(
    { "config.json": CONFIG, "model.safetensors": zeros(shapes) },
    '"blocks.0.attn.q.weight"',
    'nearest to the first: "blocks.0.attn.k.weight"',
  );
  await refused(
    { "config.json": CONFIG, "model.safetensors": zeros({}) },
    "and 3 more tensors",
    "there are no tensors",
  );
});

Deno.test("a config that disagrees with the weights is refused by tensor, expected and found", async () => {
  await refused(
    { "config.json": { ...CONFIG, vocab_size: 6 }, "model.safetensors": zeros(SHAPES) },
    '"embed.weight" of shape [6, 4]',
    "found [5, 4]",
  );
});

Deno.test("a tensor that the decoder would leave out is refused by name", async () => {
  const shapes = { ...SHAPES, "blocks.0.attn.q.bias": [4] };
  await refused(
    { "config.json": CONFIG, "model.safetensors": zeros(shapes) },
    '"blocks.0.attn.q.bias"',
    "leaving",
  );
});

Deno.test("weights of a dtype that is not supported are refused by name", async () => {
  await refused(
    { "config.json": CONFIG, "model.safetensors": zeros(SHAPES, "F64", 8) },
    '"embed.weight"',
    "F64",
  );
});

Deno.test("read() lists the nearest tensors to an unknown one", async () => {
  const checkpoint = await checkpoints.openCheckpoint("data/models/countdown-r1");
  await assertRejects(
    () => checkpoint.read("model.norm.weigth"),
    CircuitbookError,
    'found "model.norm.weigth"; nearest: model.norm.weight',
  );
});

Deno.test("a weight file that was replaced, cut, written over or deleted is refused by name", async () => {
  const bytes = zeros(SHAPES);
  const changes: Record<string, (path: string) => Promise<void>> = {
    "replaced by another file": async (path) => {
      await Deno.writeFile(`${path}.new`, bytes);
      await Deno.rename(`${path}.new`, path);
    },
    [`changed from ${bytes.length} to ${bytes.length - 4} bytes`]: (path) =>
      Deno.truncate(path, bytes.length - 4),
    "written to": async (path) => {
      await Deno.writeFile(path, bytes);
      await Deno.utime(path, 1, 1);
    },
    deleted: (path) => Deno.remove(path),
  };
  for (const [words, change] of Object.entries(changes)) {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/model.safetensors`;
    await writeFiles(folder.path, { "config.json": CONFIG, "model.safetensors": bytes });
    const checkpoint = await checkpoints.openCheckpoint(folder.path);
    checkpoint.verifyUnchanged();
    await checkpoint.hash();
    await change(path);
    const refusals = [
      assertThrows(() => checkpoint.verifyUnchanged(), CircuitbookError),
      await assertRejects(() => checkpoint.read("embed.weight"), CircuitbookError),
      await assertRejects(() => checkpoint.hash(), CircuitbookError),
    ];
    for (const { message } of refusals) {
      assertStringIncludes(message, `found that it was ${words}`);
      assertStringIncludes(message, await Deno.realPath(folder.path));
    }
  }
});

Deno.test("loadModel names the first weight that is not finite", async () => {
  const broken = { "embed.weight": 2, "blocks.0.attn.v.weight": 5 };
  for (const value of [NaN, Infinity, -Infinity]) {
    await using folder = await temporaryFolder();
    const tensors = Object.fromEntries(
      Object.entries(SHAPES).map(([name, shape]) => {
        const data = new Float32Array(shape[0] * shape[1]).fill(1);
        if (name in broken) data[broken[name as keyof typeof broken]] = value;
        return [name, { data, shape }];
      }),
    );
    await writeFiles(folder.path, { "config.json": CONFIG });
    await checkpoints.writeSafetensors(`${folder.path}/model.safetensors`, tensors);
    const { message } = await assertRejects(() => loadModel(folder.path), CircuitbookError);
    assertStringIncludes(message, `found ${value} in "`);
    assertMatch(message, /"embed\.weight" at \[0,2\]|"blocks\.0\.attn\.v\.weight" at \[1,1\]/);
  }
});
