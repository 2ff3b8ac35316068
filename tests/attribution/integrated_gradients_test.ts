// The references come from PyTorch's autograd: tests/data/gradient_attribution_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { attribution, CircuitbookError } from "circuitbook";
import reference from "../data/gradient_attribution_reference.json" with { type: "json" };
import { smallModel } from "../model/models.ts";

const metric = { logitDifference: [7, 11] } as const;

for (const [name, { rows, steps, integrated, clean, corrupted }] of Object.entries(reference)) {
  Deno.test(`${name}: integrated gradients from zeros and from another prompt are PyTorch's`, async () => {
    await using small = await smallModel(name);
    const fromZero = await attribution.integratedGradients(small.model, [rows.clean], {
      metric,
      steps,
    });
    const options = { metric, steps, at: "blocks.1.hook_resid_pre", baseline: [rows.corrupted] };
    const fromOther = await attribution.integratedGradients(small.model, [rows.clean], options);
    for (
      const [{ positions, completeness }, wanted] of [[fromZero, integrated.embed], [
        fromOther,
        integrated.pre,
      ]] as const
    ) {
      const found = positions.getColumn("contribution").toArray().map(Number);
      const tolerance = 2e-4 * Math.max(1, ...wanted.map(Math.abs));
      found.forEach((value, i) => assertAlmostEquals(value, wanted[i], tolerance));
      const [{ sum, value }] = completeness.toRecords();
      assertAlmostEquals(Number(sum), wanted.reduce((a, b) => a + b), 12 * tolerance);
      assertAlmostEquals(Number(value), clean, 1e-4);
    }
    assertAlmostEquals(Number(fromOther.completeness.toRecords()[0].baseline), corrupted, 1e-4);
  });
}

Deno.test("contributions are complete in the limit: the error falls with the steps and the difference is shared out", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { rows } = reference.qwen2_grouped;
  const inputs = [rows.clean, rows.clean.slice(5)];
  const baseline = [rows.corrupted, rows.corrupted.slice(5)];
  const errors = await Promise.all([4, 256].map(async (steps) => {
    const options = { metric, steps, baseline };
    const { completeness, rows } = await attribution.integratedGradients(
      small.model,
      inputs,
      options,
    );
    assertEquals(rows.map(({ axes }) => axes), [["position", "d_model"], ["position", "d_model"]]);
    return completeness.toRecords().map(({ error, sum, value, baseline }) => {
      assertAlmostEquals(Number(error), Number(sum) - (Number(value) - Number(baseline)), 1e-6);
      return Math.abs(Number(error));
    });
  }));
  errors[1].forEach((error, row) =>
    assert(error < 2e-3 && error <= errors[0][row], `${errors[0][row]} then ${error}`)
  );
});

Deno.test("integrated gradients refuse several hook points, grids and baselines of another length", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const refused = (options: object, message: string) =>
    assertRejects(
      () => attribution.integratedGradients(model, [A], { metric, ...options }),
      CircuitbookError,
      message,
    );
  await refused({ at: "blocks.*.hook_resid_pre" }, "one hook point with positions");
  await refused({ at: "blocks.0.attn.hook_pattern" }, "one hook point with positions");
  await refused({ baseline: [B] }, "to have 12 tokens");
  await refused({ metric: { logProbability: [1, 2] } }, "a token for each of 1 rows but found 2");
});
