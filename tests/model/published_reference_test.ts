// The references come from transformers: tests/data/published_reference.py.
import { assert, assertAlmostEquals } from "@std/assert";
import { loadModel } from "circuitbook";
import { temporaryFolder } from "../checkpoint/files.ts";

interface Reference {
  readonly name: string;
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokens: readonly number[];
  readonly lastLogits: readonly number[];
}

const references: readonly Reference[] = JSON.parse(
  await Deno.readTextFile("tests/data/published_reference.json"),
);

for (const { name, folder, config, tokens, lastLogits } of references) {
  Deno.test(`attributes of published configurations give transformers' logits: ${name}`, async () => {
    await using copy = await temporaryFolder();
    await Deno.copyFile(`tests/data/${folder}/model.safetensors`, `${copy.path}/model.safetensors`);
    await Deno.writeTextFile(`${copy.path}/config.json`, JSON.stringify(config));
    const { warn } = console;
    const warned: string[] = [];
    console.warn = (text: string) => warned.push(text);
    const model = await loadModel(copy.path, { device: "cpu" }).finally(() => console.warn = warn);
    assert(warned.some((text) => text.includes("auto_map")) === ("auto_map" in config));
    const { logits } = await model.run([tokens], { logits: [-1] });
    lastLogits.forEach((expected, i) => assertAlmostEquals(logits.data[i], expected, 1e-5));
    await model.dispose();
  });
}
