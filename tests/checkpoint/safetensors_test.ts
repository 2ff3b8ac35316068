import { checkpoints, CircuitbookError } from "circuitbook";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { safetensorsBytes, temporaryFolder } from "./files.ts";

/** An entry of a header, which eight bytes of data follow in these tests. */
const entry = (changes: Record<string, unknown> = {}) => ({
  a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...changes },
});

async function refused(bytes: Uint8Array, ...parts: string[]): Promise<void> {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/model.safetensors`;
  await Deno.writeFile(path, bytes);
  for (const part of [...parts, path]) {
    await assertRejects(() => checkpoints.readSafetensorsHeader(path), CircuitbookError, part);
  }
}

Deno.test("readSafetensorsHeader and readWeight read bytes built by hand, at unaligned offsets", async () => {
  await using folder = await temporaryFolder();
  const header = {
    __metadata__: { format: "pt" },
    one: { dtype: "BF16", shape: [1], data_offsets: [0, 2] },
    filler: { dtype: "U8", shape: [1], data_offsets: [2, 3] },
    two: { dtype: "F32", shape: [2, 1], data_offsets: [3, 11] },
    three: { dtype: "F16", shape: [3], data_offsets: [11, 17] },
    none: { dtype: "F32", shape: [0, 4], data_offsets: [17, 17] },
  };
  // 1.5 as bf16, one byte of a filler, 0.1 and -2 as f32, 1, -2 and 65504 as f16.
  const data = [
    0xc0,
    0x3f,
    0x99,
    0xcd,
    0xcc,
    0xcc,
    0x3d,
    0,
    0,
    0,
    0xc0,
    0,
    0x3c,
    0,
    0xc0,
    0xff,
    0x7b,
  ];
  const path = `${folder.path}/a.safetensors`;
  await Deno.writeFile(path, safetensorsBytes(header, Uint8Array.from(data)));

  const { tensors, metadata } = await checkpoints.readSafetensorsHeader(path);
  assertEquals(metadata, { format: "pt" });
  assertEquals(tensors.get("two")?.shape, [2, 1]);
  const read = (name: string) =>
    checkpoints.readWeight(tensors.get(name) as checkpoints.TensorEntry).then((
      values,
    ) => [...values]);
  assertEquals(await read("one"), [1.5]);
  assertEquals(await read("two"), [Math.fround(0.1), -2]);
  assertEquals(await read("three"), [1, -2, 65504]);
  assertEquals(await read("none"), []);
});

Deno.test("readWeight reads some rows of a tensor as a slice of the whole, in every dtype that weights have", async () => {
  for (const name of ["qwen2_grouped", "qwen2_grouped_f16", "qwen2_grouped_bf16"]) {
    const { tensors } = await checkpoints.openCheckpoint(`tests/data/checkpoints/${name}`);
    for (
      const tensor of [tensors.get("model.embed_tokens.weight")!, tensors.get("model.norm.weight")!]
    ) {
      const whole = await checkpoints.readWeight(tensor);
      const width = tensor.shape[1] ?? 1;
      assertEquals(
        await checkpoints.readWeight(tensor, { from: 3, to: 7 }),
        whole.slice(3 * width, 7 * width),
      );
      assertEquals(await checkpoints.readWeight(tensor, { from: 0, to: tensor.shape[0] }), whole);
      assertEquals((await checkpoints.readWeight(tensor, { from: 5, to: 5 })).length, 0);
    }
  }
});

Deno.test("rows that a tensor does not have are refused by its name", async () => {
  const { read } = await checkpoints.openCheckpoint("tests/data/checkpoints/qwen2_grouped");
  for (
    const rows of [{ from: 0, to: 97 }, { from: -1, to: 2 }, { from: 3, to: 2 }, {
      from: 0,
      to: 1.5,
    }]
  ) {
    const refusal = await assertRejects(
      () => read("model.embed_tokens.weight", rows),
      CircuitbookError,
      "from 0 to 96",
    );
    assertStringIncludes(refusal.message, "model.embed_tokens.weight");
  }
});

Deno.test("a tensor's file is its real path, where the file is a link", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/blob`, safetensorsBytes(entry(), new Uint8Array(8)));
  await Deno.symlink("blob", `${folder.path}/model.safetensors`);
  const { tensors } = await checkpoints.readSafetensorsHeader(`${folder.path}/model.safetensors`);
  assertEquals(tensors.get("a")?.file, await Deno.realPath(`${folder.path}/blob`));
});

Deno.test("a header longer than the file is refused", async () => {
  await refused(safetensorsBytes(entry(), new Uint8Array(8), 1000n), "header length of 1000");
  await refused(
    safetensorsBytes(entry(), new Uint8Array(8), 2n ** 63n),
    "header length of 9223372036854775808",
  );
});

Deno.test("an empty file and one cut off in its length are refused", async () => {
  await refused(new Uint8Array(0), "has 0 bytes");
  await refused(new Uint8Array(5), "has 5 bytes");
});

Deno.test("a header that is no JSON object is refused", async () => {
  await refused(
    safetensorsBytes("not json", new Uint8Array(8)),
    "Expected a JSON object",
    "not json",
  );
  await refused(safetensorsBytes("[1]", new Uint8Array(8)), "Expected a JSON object");
  await refused(safetensorsBytes("", new Uint8Array(8)), "Expected a JSON object");
});

Deno.test("offsets outside the file, negative or backwards are refused by the tensor's name", async () => {
  const eight = new Uint8Array(8);
  await refused(safetensorsBytes(entry({ data_offsets: [4, 12] }), eight), 'tensor "a"', "[4,12]");
  await refused(safetensorsBytes(entry({ data_offsets: [-8, 0] }), eight), 'tensor "a"', "[-8,0]");
  await refused(safetensorsBytes(entry({ data_offsets: [8, 0] }), eight), 'tensor "a"', "[8,0]");
  await refused(safetensorsBytes(entry(), new Uint8Array(7)), 'tensor "a"', "within 0 to 7");
});

Deno.test("a shape that does not fit its bytes is refused by the tensor's name", async () => {
  await refused(
    safetensorsBytes(entry({ shape: [3] }), new Uint8Array(8)),
    'tensor "a"',
    "12 bytes",
    "8 bytes",
  );
  await refused(
    safetensorsBytes(entry({ shape: [2 ** 30, 2 ** 30] }), new Uint8Array(8)),
    'tensor "a"',
  );
  await refused(safetensorsBytes(entry({ shape: [-2] }), new Uint8Array(8)), 'tensor "a"', "shape");
  await refused(safetensorsBytes({ a: 1 }, new Uint8Array(8)), 'tensor "a"');
});

Deno.test("an unknown dtype is refused by name", async () => {
  await refused(
    safetensorsBytes(entry({ dtype: "F12" }), new Uint8Array(8)),
    'tensor "a"',
    '"F12"',
  );
  await refused(
    safetensorsBytes(entry({ dtype: "toString" }), new Uint8Array(8)),
    'tensor "a"',
    '"toString"',
  );
});

Deno.test("overlapping tensors are refused by both names", async () => {
  const header = { ...entry(), b: { dtype: "F32", shape: [2], data_offsets: [4, 12] } };
  await refused(safetensorsBytes(header, new Uint8Array(12)), '"a" and "b" overlap');
});

Deno.test("bytes that belong to no tensor are refused: at the start, between tensors, at the end", async () => {
  const nine = new Uint8Array(9);
  await refused(
    safetensorsBytes(entry({ data_offsets: [1, 9] }), nine),
    '1 byte that belongs to no tensor between the header and "a"',
  );
  const b = { b: { dtype: "F32", shape: [1], data_offsets: [10, 14] } };
  await refused(
    safetensorsBytes({ ...entry(), ...b }, new Uint8Array(14)),
    '2 bytes that belong to no tensor between "a" and "b"',
  );
  await refused(safetensorsBytes(entry(), nine), '1 byte that belongs to no tensor behind "a"');
  await refused(safetensorsBytes({}, nine), "9 bytes that belong to no tensor behind the header");
});

Deno.test("a header length that is one short is refused: every weight would be shifted by a byte", async () => {
  const json = JSON.stringify(entry());
  const bytes = safetensorsBytes(`${json} `, new Uint8Array(8), BigInt(json.length));
  await refused(bytes, '1 byte that belongs to no tensor behind "a"');
});

Deno.test("a name that a header holds twice is refused; names inside strings and entries do not count", async () => {
  const one = JSON.stringify(entry().a);
  await refused(
    safetensorsBytes(`{"a":${one},"a":${one}}`, new Uint8Array(8)),
    'found "a" again',
  );
  await refused(
    safetensorsBytes(`{"a":${one},"\\u0061" :${one}}`, new Uint8Array(8)),
    'found "a" again',
  );
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.safetensors`;
  const metadata = { "a": '{"a": {', "b": '\\"a": {}' };
  await Deno.writeFile(
    path,
    safetensorsBytes({ __metadata__: metadata, ...entry() }, new Uint8Array(8)),
  );
  assertEquals((await checkpoints.readSafetensorsHeader(path)).metadata, metadata);
});

Deno.test("a missing file is refused", async () => {
  await assertRejects(
    () => checkpoints.readSafetensorsHeader("none.safetensors"),
    CircuitbookError,
    "none.safetensors",
  );
});

Deno.test("readWeight refuses a file that was cut off after its header was read", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.safetensors`;
  await Deno.writeFile(path, safetensorsBytes(entry(), new Uint8Array(8)));
  const { tensors } = await checkpoints.readSafetensorsHeader(path);
  await Deno.truncate(path, 20);
  await assertRejects(
    () => checkpoints.readWeight(tensors.get("a") as checkpoints.TensorEntry),
    CircuitbookError,
    "truncated",
  );
});

Deno.test("writeSafetensors writes the bytes that the format describes, and nothing else in the folder", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/out.safetensors`;
  const tensors = {
    x: { data: new Float32Array([1, -2]), shape: [1, 2] },
    tokens: { data: new Int32Array([7]), shape: [1] },
    half: { data: new Float16Array([1, -2]), shape: [2] },
  };
  await checkpoints.writeSafetensors(path, tensors, { model: "toy" });
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  assertEquals(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), {
    __metadata__: { model: "toy" },
    x: { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
    tokens: { dtype: "I32", shape: [1], data_offsets: [8, 12] },
    half: { dtype: "F16", shape: [2], data_offsets: [12, 16] },
  });
  assertEquals([...bytes.subarray(8 + length)], [
    0,
    0,
    128,
    63,
    0,
    0,
    0,
    192,
    7,
    0,
    0,
    0,
    0,
    60,
    0,
    192,
  ]);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["out.safetensors"]);
});

Deno.test("writeSafetensors leaves an older file alone when it fails", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/out.safetensors`;
  await Deno.writeTextFile(path, "older");
  const wrong = { x: { data: new Float32Array(3), shape: [2] } };
  await assertRejects(
    () => checkpoints.writeSafetensors(path, wrong),
    CircuitbookError,
    'Expected 2 values for "x"',
  );
  await assertRejects(
    () => checkpoints.writeSafetensors(`${folder.path}/no/out`, {}),
    CircuitbookError,
    "Expected to write",
  );
  assertEquals(await Deno.readTextFile(path), "older");
});
