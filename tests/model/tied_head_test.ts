import { assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, loadModel } from "circuitbook";
import { safetensorsBytes, temporaryFolder, writeFiles } from "../checkpoint/files.ts";

/** Tied checkpoints, the embedding of each, and the tensor in which its family would repeat it. */
const tied = [
  ["qwen2_grouped", "model.embed_tokens.weight", "lm_head.weight"],
  ["gpt2_full", "transformer.wte.weight", "lm_head.weight"],
] as const;

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** A small model whose file also holds an unembedding: the embedding, changed or not. */
async function withHead(
  path: string,
  [name, embed, head]: typeof tied[number],
  change: (bytes: Uint8Array) => void,
  changeOfEmbedding: (bytes: Uint8Array) => void = () => {},
): Promise<void> {
  const folder = `tests/data/checkpoints/${name}`;
  const file = await Deno.readFile(`${folder}/model.safetensors`);
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header: Header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const data = file.subarray(8 + length);
  const { data_offsets: [from, to], ...rest } = header[embed];
  changeOfEmbedding(data.subarray(from, to));
  const own = data.slice(from, to);
  change(own);
  const all = new Uint8Array(data.length + own.length);
  all.set(data);
  all.set(own, data.length);
  header[head] = { ...rest, data_offsets: [data.length, all.length] };
  await writeFiles(path, {
    "config.json": JSON.parse(await Deno.readTextFile(`${folder}/config.json`)),
    "model.safetensors": safetensorsBytes(header, all),
  });
}

for (const model of tied) {
  Deno.test(`${model[0]}: an unembedding that repeats the tied embedding is ignored, another one is refused`, async () => {
    await using equal = await temporaryFolder();
    await withHead(equal.path, model, () => {});
    const [copy, plain] = await Promise.all(
      [equal.path, `tests/data/checkpoints/${model[0]}`].map((path) =>
        loadModel(path, { device: "cpu" })
      ),
    );
    const [a, b] = await Promise.all([copy, plain].map((each) => each.run([1, 5, 9])));
    assertEquals(a.logits.data, b.logits.data);
    await Promise.all([copy.dispose(), plain.dispose()]);

    await using other = await temporaryFolder();
    // The last byte holds the sign of the last number.
    await withHead(other.path, model, (bytes) => bytes[bytes.length - 1] ^= 0x80);
    await assertRejects(
      () => loadModel(other.path, { device: "cpu" }),
      CircuitbookError,
      `Expected "${model[2]}" to repeat "${model[1]}"`,
    );
  });

  Deno.test(`${model[0]}: NaN in the embedding or in its repetition is named, and not taken for another unembedding`, async () => {
    // The last number is NaN: all its bits are set.
    const spoil = (bytes: Uint8Array) => bytes.fill(0xff, -4);
    const [, embed, head] = model;
    for (
      const { named, change, ofEmbedding } of [
        { named: embed, change: () => {}, ofEmbedding: spoil },
        { named: head, change: spoil, ofEmbedding: () => {} },
      ]
    ) {
      await using folder = await temporaryFolder();
      await withHead(folder.path, model, change, ofEmbedding);
      await assertRejects(
        () => loadModel(folder.path, { device: "cpu" }),
        CircuitbookError,
        `Expected finite weights but found NaN in "${named}" at`,
      );
    }
  });
}
