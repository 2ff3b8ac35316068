import { assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, loadModel, training } from "circuitbook";
import { join } from "@std/path";
import pl from "nodejs-polars";

const source = "tests/data/checkpoints/qwen2_full";

/** Copies a small model into a new folder. */
async function copied(): Promise<string> {
  const folder = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(source)) {
    await Deno.copyFile(join(source, name), join(folder, name));
  }
  return folder;
}

Deno.test("the curves beside the weights are read back; a folder without any has none, and another file is refused", async () => {
  const folder = await copied();
  const model = await loadModel(folder, { device: "cpu" });
  assertEquals(await training.curvesOf(model), undefined);

  const path = join(folder, "curves.parquet");
  const rows = [{ step: 1, loss: 2.5 }, { step: 2, loss: 2.25 }];
  training.curveFrame(rows).writeParquet(path);
  assertEquals((await training.curvesOf(model))?.toRecords(), rows);

  pl.DataFrame({ loss: [2.5] }).writeParquet(path);
  await assertRejects(() => training.curvesOf(model), CircuitbookError, 'a column "step"');
  await Deno.writeTextFile(path, "no table");
  await assertRejects(() => training.curvesOf(model), CircuitbookError, path);

  await model.dispose();
  await Deno.remove(folder, { recursive: true });
});
