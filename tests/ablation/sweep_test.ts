import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { ablation, CircuitbookError, knockOut } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

interface SweepRow {
  row: number;
  layer: number;
  head: number;
  baseline: number;
  value: number;
  effect: number;
}

const metric = (logits: Float32Array) => logits[7] - logits[11];

for (const name of ["qwen2_grouped", "llama_single", "gpt2_full", "attention_only"]) {
  Deno.test(`${name}: a sweep from the edited layer on equals whole runs, head by head, whatever the batch`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const prompts = [rows.A, rows.B, rows.A.slice(2)];
    const table = await ablation.sweepHeads(model, prompts, { metric, batchSize: 5 });
    const records = table.toRecords() as unknown as SweepRow[];
    assertEquals(records.length, prompts.length * 2 * 4);
    for (const { row, layer, head, baseline, value, effect } of records) {
      const whole = await model.run(prompts[row], { logits: [-1] });
      const silenced = await model.run(prompts[row], {
        logits: [-1],
        edit: knockOut([[layer, head]]),
      });
      assertAlmostEquals(baseline, metric(whole.logits.data), 1e-4);
      assertAlmostEquals(value, metric(silenced.logits.data), 1e-4);
      assertAlmostEquals(effect, value - baseline, 1e-6);
    }
    await model.dispose();
  });
}

Deno.test("a head that does not exist is refused", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_grouped");
  await assertRejects(
    () => ablation.sweepHeads(model, rows.A, { metric, heads: [[0, 4]] }),
    CircuitbookError,
    "Expected a head from 0 to 3",
  );
  await assertRejects(
    () => ablation.sweepHeads(model, rows.A, { metric, heads: [[2, 0]] }),
    CircuitbookError,
    "layer",
  );
  await model.dispose();
});
