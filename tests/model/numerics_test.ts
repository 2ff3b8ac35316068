// The references come from PyTorch, transformers and TransformerLens: tests/data/make_references.py.
import { assert, assertEquals } from "@std/assert";
import { type Edit, loadModel, type Model, type Tensor } from "circuitbook";
import { openSafetensors } from "../reference.ts";

const folder = new URL("../data/checkpoints/", import.meta.url).pathname;
const cases = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

interface Reference {
  rows: { A: number[]; B: number[] };
  greedy: Record<"A" | "B" | "A_z_head" | "B_z_head", number[]>;
  edits: Record<string, Edit[]>;
  points: Record<string, { axes: string[] }>;
}

for (const name of cases) {
  Deno.test(`${name}: every hook point and the logits are the reference's`, async () => {
    const { model, reference, tensors } = await open(name);
    assertEquals(model.hookPoints.map((point) => point.name).sort(), [...Object.keys(reference.points)].sort());
    const cache = await model.run(reference.rows.A, { tap: "**" });
    for (const [point, { axes }] of Object.entries(reference.points)) {
      assertEquals(cache.get(point).axes, axes, point);
      assertClose(cache.get(point), tensors.get(point)!, point === "logits" ? 1e-4 : relative(tensors.get(point)!), point);
    }
    await model.dispose();
  });

  Deno.test(`${name}: each hook point tapped alone is the reference's`, async () => {
    const { model, reference, tensors } = await open(name);
    for (const point of Object.keys(reference.points)) {
      const cache = await model.run(reference.rows.A, { tap: point });
      assertClose(cache.get(point), tensors.get(point)!, point === "logits" ? 1e-4 : relative(tensors.get(point)!), point);
    }
    await model.dispose();
  });

  Deno.test(`${name}: edited logits are the reference's`, async () => {
    const { model, reference, tensors } = await open(name);
    for (const [edit, edits] of Object.entries(reference.edits)) {
      const { logits } = await model.run(reference.rows.A, { edit: edits });
      assertClose(logits, tensors.get(`edited.${edit}.logits`)!, 1e-4, edit);
    }
    await model.dispose();
  });

  Deno.test(`${name}: rows of unequal length equal the rows alone, under edits too`, async () => {
    const { model, reference, tensors } = await open(name);
    const { A, B } = reference.rows;
    const batch = await model.run([A, B]);
    assertClose(batch.row(0).logits, tensors.get("logits")!, 1e-4, "row A");
    assertClose(batch.row(1).logits, tensors.get("rows.B.logits")!, 1e-4, "row B");
    for (const [label, edit] of Object.entries(reference.edits)) {
      const positions = edit.some((e) => "positions" in e && Array.isArray(e.positions) && e.positions.some((p) => p >= B.length));
      if (positions) continue;
      const together = await model.run([A, B], { edit });
      const alone = await model.run(B, { edit });
      assertClose(together.row(0).logits, tensors.get(`edited.${label}.logits`)!, 1e-4, label);
      assertClose(together.row(1).logits, alone.logits.data, 1e-5, label);
    }
    await model.dispose();
  });

  Deno.test(`${name}: greedy text is the reference's, with and without an edit, alone and in a batch`, async () => {
    const { model, reference } = await open(name);
    const { rows: { A, B }, greedy, edits } = reference;
    const options = { maxNewTokens: 20, stopAtEnd: false };
    const alone = await model.generate(A, options);
    assertEquals(alone.rows[0].tokens, greedy.A);
    const batch = await model.generate([A, B], options);
    assertEquals(batch.rows.map(({ tokens }) => tokens), [greedy.A, greedy.B]);
    const edited = await model.generate([A, B], { ...options, edit: edits.z_head });
    assertEquals(edited.rows.map(({ tokens }) => tokens), [greedy.A_z_head, greedy.B_z_head]);
    await model.dispose();
  });
}

async function open(name: string): Promise<{ model: Model; reference: Reference; tensors: Map<string, Float32Array> }> {
  const model = await loadModel(folder + name, { device: "cpu" });
  const reference = JSON.parse(await Deno.readTextFile(`${folder}${name}/reference.json`));
  return { model, reference, tensors: await openSafetensors(`${folder}${name}/reference.safetensors`) };
}

/** 1e-4 of the size of the largest finite value. */
function relative(values: Float32Array): number {
  return 1e-4 * Math.max(1e-3, ...values.filter(Number.isFinite).map(Math.abs));
}

function assertClose(actual: Tensor, expected: ArrayLike<number>, tolerance: number, label: string): void {
  assertEquals(actual.data.length, expected.length, `${label}: ${actual.describe()}`);
  for (let i = 0; i < expected.length; i++) {
    if (actual.data[i] === expected[i]) continue;
    const difference = Math.abs(actual.data[i] - expected[i]);
    assert(difference <= tolerance, `${label}[${i}]: expected ${expected[i]} within ${tolerance} but found ${actual.data[i]}`);
  }
}
