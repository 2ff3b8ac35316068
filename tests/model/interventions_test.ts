import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  CircuitbookError,
  intervene,
  type Intervention,
  interventionTaps,
  type Model,
} from "circuitbook";
import { batchesOf } from "../../lib/model/interventions.ts";
import type { Architecture } from "../../lib/model/plan/architecture.ts";
import { smallModel } from "./models.ts";

const metric = (logits: Float32Array, row: number) => row + logits[7] - logits[11];

/** Edits at every kind of point of both layers, at all positions and at some. */
function everywhere({ hookPoints }: Model, row: number): Intervention[] {
  return hookPoints.filter(({ layer }) => layer !== undefined).flatMap(({ name }) =>
    [undefined, [-1, 3], { from: -2 }].map((positions): Intervention => ({
      row,
      edits: [{ at: name, positions, scale: 0.5 }, {
        at: "blocks.1.attn.hook_z",
        heads: [1],
        positions: [-1],
        scale: 0,
      }],
    }))
  );
}

for (const name of ["qwen3_grouped", "gpt2_full", "attention_only"]) {
  Deno.test(`${name}: what interventions do is what the same edits do to whole runs, in their order`, async () => {
    await using small = await smallModel(name);
    const { model, A, B } = small;
    const rows = [A, B];
    const interventions = [...everywhere(model, 0), ...everywhere(model, 1)];
    const points = interventions.flatMap(({ edits }) => edits.map(({ at }) => at));
    const base = await model.run(rows, { tap: interventionTaps(model, points), logits: [-1] });
    const values = await intervene(model, base, interventions, { metric, batchSize: 7 });
    assertEquals(values.length, interventions.length);
    for (const [i, { row, edits }] of interventions.entries()) {
      const { logits } = await model.run([rows[row]], { edit: edits, logits: [-1] });
      assertAlmostEquals(values[i], metric(logits.data, row), 1e-4, JSON.stringify(edits));
    }
  });
}

Deno.test("prompts, points and positions that are not there, and runs that have tapped too little, are refused", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const at = "blocks.1.attn.hook_z";
  const base = await model.run(A, { logits: [-1] });
  const refused = (intervention: Intervention, message: string, options = {}) =>
    assertRejects(
      () => intervene(model, base, [intervention], { metric, ...options }),
      CircuitbookError,
      message,
    );
  await refused({ row: 1, edits: [] }, "Expected a row from 0 to 0");
  await refused({ row: 0, edits: [{ at, positions: [12], scale: 0 }] }, "position from 0 to 11");
  await refused(
    { row: 0, edits: [{ at, positions: { from: 4, to: 4 }, scale: 0 }] },
    "a position to edit",
  );
  await refused({ row: 0, edits: [{ at: "logits", scale: 0 }] }, "hook point of a layer");
  await refused({ row: 0, edits: [{ at, scale: 0 }] }, "Expected a tapped hook point");
  await refused({ row: 0, edits: [{ at, scale: 0 }] }, '"batchSize" of intervene', {
    batchSize: 0,
  });
});

Deno.test("a batch of runs of one token is bounded by the keys and values that its rows attend to", () => {
  // As in SmolLM2: a row of 200 tokens attends to 9.2 MB, the second half of the layers to 4.6 MB.
  const architecture = { layers: 30, kvHeads: 3, headSize: 64 } as Architecture;
  const jobs = (layer: number, tokens: number) =>
    Array.from({ length: 300 }, (_, index) => {
      return {
        index,
        row: 0,
        edits: [],
        entry: { layer, kind: "pre" } as const,
        length: 200,
        tokens,
      };
    });
  const sizes = (layer: number, tokens: number) =>
    batchesOf(jobs(layer, tokens), { architecture }).map(({ length }) => length);
  assertEquals(sizes(0, 1), [54, 54, 54, 54, 54, 30]);
  assertEquals(sizes(15, 1), [108, 108, 84]);
  assertEquals(sizes(0, 100).at(0), 12);
});
