import { assert, assertEquals, assertRejects } from "@std/assert";
import { checkpoints, CircuitbookError, families, loadModel, type Tensor } from "circuitbook";
import { Engine } from "../../lib/model/engine/engine.ts";
import { runRows } from "../../lib/model/run.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { assertClose, openCase } from "./reference_cases.ts";

for (const name of ["qwen2_grouped", "qwen2_grouped_bf16", "qwen2_grouped_f16"]) {
  Deno.test(`${name}: large weights, mapped or widened once and fed, give the reference's logits`, async () => {
    const { model, reference, tensors } = await openCase(name);
    const checkpoint = await checkpoints.openCheckpoint(model.checkpoint.folder);
    const engine = new Engine(families.architectureOfCheckpoint(checkpoint), checkpoint, "cpu", {
      prepackLimitBytes: 0,
    });
    const { logits } = await runRows(engine, [reference.rows.A], {});
    assertClose(logits, tensors.get("logits")!, 1e-4, name);
    const edited = await runRows(engine, [reference.rows.A], { edit: reference.edits.z_head });
    assertClose(edited.logits, tensors.get("edited.z_head.logits")!, 1e-4, name);
    await engine.dispose();
    await model.dispose();
  });
}

Deno.test("shards that are links into several folders are read where they are", async () => {
  await using folder = await temporaryFolder();
  const { model, reference, tensors } = await openCase("qwen2_grouped_shards");
  const source = await Deno.realPath(model.checkpoint.folder);
  for (const { name } of Deno.readDirSync(source)) {
    const [, shard] = /^model-0*(\d)-of/.exec(name) ?? [];
    if (!shard) Deno.copyFileSync(`${source}/${name}`, `${folder.path}/${name}`);
    else {
      Deno.mkdirSync(`${folder.path}/${shard}`);
      Deno.copyFileSync(`${source}/${name}`, `${folder.path}/${shard}/weights`);
      Deno.symlinkSync(`${shard}/weights`, `${folder.path}/${name}`);
    }
  }
  const linked = await loadModel(folder.path, { device: "cpu" });
  assertClose((await linked.run(reference.rows.A)).logits, tensors.get("logits")!, 1e-4, "logits");
  await linked.dispose();
  await model.dispose();
});

Deno.test("more plans than are kept are compiled again when they come back", async () => {
  const { model, reference } = await openCase("attention_only");
  const taps = model.hookPoints.map(({ name }) => name);
  const first = await model.run(reference.rows.A, { tap: taps[0] });
  for (const tap of taps) await model.run(reference.rows.A, { tap });
  const again = await model.run(reference.rows.A, { tap: taps[0] });
  assertEquals(again.get(taps[0]).data, first.get(taps[0]).data);
  await model.dispose();
});

Deno.test("more plans than are kept may run at once, and each is what it is alone", async () => {
  const { model, reference } = await openCase("attention_only");
  const taps = model.hookPoints.map(({ name }) => name);
  const twice = [...taps, ...taps];
  const together = await Promise.all(twice.map((tap) => model.run(reference.rows.A, { tap })));
  for (const [number, tap] of twice.entries()) {
    const alone = await model.run(reference.rows.A, { tap });
    assertEquals(together[number].get(tap).data, alone.get(tap).data, tap);
  }
  await model.dispose();
});

Deno.test("a model whose weight file was replaced or deleted is refused, compiled plans included", async () => {
  await using folder = await temporaryFolder();
  const source = "tests/data/checkpoints/qwen2_grouped";
  for (const name of ["config.json", "model.safetensors"]) {
    await Deno.copyFile(`${source}/${name}`, `${folder.path}/${name}`);
  }
  const path = `${folder.path}/model.safetensors`;
  const checkpoint = await checkpoints.openCheckpoint(folder.path);
  const engine = new Engine(families.architectureOfCheckpoint(checkpoint), checkpoint, "cpu");
  await runRows(engine, [[1, 2, 3]], {});
  await Deno.copyFile(path, `${path}.new`);
  await Deno.rename(`${path}.new`, path);
  for (const tap of [undefined, "blocks.0.hook_resid_post"]) {
    await assertRejects(
      () => runRows(engine, [[1, 2, 3]], { tap }),
      CircuitbookError,
      "model.safetensors as it was when the model was opened but found that it was replaced",
    );
  }
  await Deno.remove(path);
  await assertRejects(() => runRows(engine, [[1, 2, 3]], {}), CircuitbookError, "it was deleted");
  await engine.dispose();
});

Deno.test("the first weight that is not finite is named at the first result of a large model", async () => {
  const source = "tests/data/checkpoints/qwen2_full";
  const whole = await checkpoints.openCheckpoint(source);
  const cases = [
    ["model.layers.1.mlp.down_proj.weight", NaN],
    ["lm_head.weight", Infinity],
  ] as const;
  for (const [name, value] of cases) {
    await using folder = await temporaryFolder();
    await Deno.copyFile(`${source}/config.json`, `${folder.path}/config.json`);
    const bytes = await Deno.readFile(`${source}/model.safetensors`);
    new DataView(bytes.buffer).setFloat32(whole.tensors.get(name)!.offset + 4, value, true);
    await Deno.writeFile(`${folder.path}/model.safetensors`, bytes);
    const checkpoint = await checkpoints.openCheckpoint(folder.path);
    const engine = new Engine(families.architectureOfCheckpoint(checkpoint), checkpoint, "cpu", {
      prepackLimitBytes: 0,
    });
    const before = await runRows(engine, [[1, 2, 3]], { tap: "blocks.0.hook_resid_post" });
    assert(before.get("blocks.0.hook_resid_post").data.every(Number.isFinite));
    const edit = { at: "blocks.1.hook_resid_post", apply: (x: Tensor) => x };
    for (const options of [{}, { edit }]) {
      await assertRejects(
        () => runRows(engine, [[1, 2, 3]], options),
        CircuitbookError,
        `found ${value} in "${name}" at [0,1]`,
      );
    }
    await engine.dispose();
  }
});
