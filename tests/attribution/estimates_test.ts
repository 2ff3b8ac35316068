// The references come from PyTorch's autograd: tests/data/gradient_attribution_reference.py.
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { attribution, CircuitbookError, patching, Tensor } from "circuitbook";
import reference from "../data/gradient_attribution_reference.json" with { type: "json" };
import { smallModel } from "../model/models.ts";

const metric = { logitDifference: [7, 11] } as const;
type Line = Record<
  "row" | "layer" | "head" | "position" | "neuron" | "estimate" | "value" | "restored",
  number
>;
const lines = async (table: Promise<{ toRecords(): unknown[] }>) =>
  (await table).toRecords() as Line[];

for (const [name, expected] of Object.entries(reference)) {
  const pairs = { clean: [expected.rows.clean], corrupted: [expected.rows.corrupted] };
  const { estimates } = expected;

  Deno.test(`${name}: estimates of heads, MLPs, neurons and positions are those of PyTorch's autograd`, async () => {
    await using small = await smallModel(name);
    const { model } = small;
    const close = (found: number, wanted: number) =>
      assertAlmostEquals(found, wanted, 2e-4 * Math.max(1, Math.abs(wanted)));
    for (
      const [point, wanted] of [["z", estimates.heads], ["v", estimates.values], [
        "result",
        estimates.results,
      ], [
        "pattern",
        estimates.patterns,
      ]] as const
    ) {
      const found = await lines(
        attribution.estimateHeads(model, pairs, { metric, at: `blocks.*.attn.hook_${point}` }),
      );
      assertEquals(found.length, wanted.flat().length);
      for (const { layer, head, estimate, value, restored } of found) {
        close(estimate, wanted[layer][head]);
        close(value, expected.corrupted + wanted[layer][head]);
        assertAlmostEquals(restored, estimate / (expected.clean - expected.corrupted), 1e-4);
      }
    }
    for (
      const { layer, head, position, estimate } of await lines(
        attribution.estimateHeads(model, pairs, { metric, byPosition: true }),
      )
    ) {
      close(estimate, estimates.heads_by_position[layer][head][position]);
    }
    for (
      const { layer, position, estimate } of await lines(
        attribution.estimatePositions(model, pairs, { metric }),
      )
    ) {
      close(estimate, estimates.positions[layer][position]);
    }
    if (!model.architecture.dMlp) return;
    for (
      const { layer, estimate } of await lines(attribution.estimateMlps(model, pairs, { metric }))
    ) {
      close(estimate, Number(estimates.mlps[layer]));
    }
    const neurons: number[][] = estimates.neurons;
    const found = await lines(attribution.estimateNeurons(model, pairs, { metric, k: 7 }));
    const largest = neurons.flat().map(Math.abs).sort((a, b) => b - a).slice(0, 7);
    found.forEach(({ layer, neuron, estimate }, i) => {
      close(estimate, neurons[layer][neuron]);
      assertAlmostEquals(Math.abs(estimate), largest[i], 1e-4);
    });
  });
}

Deno.test("what an attention-only model's last layer writes is estimated exactly: the metric is linear in it", async () => {
  await using small = await smallModel("attention_only");
  const { rows } = reference.attention_only;
  const pairs = { clean: [rows.clean], corrupted: [rows.corrupted] };
  const last = small.model.architecture.layers - 1;
  const at = `blocks.${last}.attn.hook_z`;
  const estimated = await lines(attribution.estimateHeads(small.model, pairs, { metric, at }));
  const measured = await lines(
    patching.heads(small.model, pairs, { metric: (logits) => logits[7] - logits[11], at }),
  );
  measured.forEach(({ value }, i) => assertAlmostEquals(estimated[i].value, value, 1e-4));
});

Deno.test("pairs of unequal length, tokens of their own and a choice of positions give what each pair alone gives", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const { clean, corrupted } = reference.qwen2_grouped.rows;
  const pairs = { clean: [clean, clean.slice(5)], corrupted: [corrupted, corrupted.slice(5)] };
  const own = { logProbability: [3, 40] };
  const together = await lines(
    attribution.estimateHeads(model, pairs, { metric: own, positions: { from: -4 } }),
  );
  const alone = await Promise.all([0, 1].map((row) => {
    const pair = { clean: pairs.clean[row], corrupted: pairs.corrupted[row] };
    const metric = { logProbability: own.logProbability[row] };
    return lines(attribution.estimateHeads(model, pair, { metric, positions: { from: -4 } }));
  }));
  together.forEach(({ row, estimate }, i) =>
    assertAlmostEquals(estimate, alone[row][i % alone[0].length].estimate, 1e-4)
  );
  assertEquals(together.length, alone.flat().length);
});

Deno.test("a direction for each pair, and its positions, stay with it when the pairs are run in another order", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const { clean, corrupted } = reference.qwen2_grouped.rows;
  const { dModel } = model.architecture;
  const pairs = { clean: [clean.slice(2), clean], corrupted: [corrupted.slice(2), corrupted] };
  const score = Float32Array.from({ length: 2 * dModel }, (_, i) => Math.sin(i));
  const at = `blocks.${model.architecture.layers - 1}.hook_resid_post`;
  const positions = [[-1], [-2, -1]];
  const directions = new Tensor(score, { row: 2, d_model: dModel });
  const together = await lines(
    attribution.estimateMlps(model, pairs, { metric: { score: directions, at, positions } }),
  );
  const alone = await Promise.all([0, 1].map((row) => {
    const metric = {
      score: [...score.slice(row * dModel, (row + 1) * dModel)],
      at,
      positions: positions[row],
    };
    return lines(
      attribution.estimateMlps(
        model,
        { clean: pairs.clean[row], corrupted: pairs.corrupted[row] },
        { metric },
      ),
    );
  }));
  assertEquals(together.length, alone.flat().length);
  alone.flat().forEach(({ estimate }, i) =>
    assertAlmostEquals(together[i].estimate, estimate, 1e-4)
  );
});

Deno.test("attribution patching refuses what is no pair, has no heads, or is not there", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const same = { clean: [A], corrupted: [A] };
  const refused = (attempt: Promise<unknown>, message: string) =>
    assertRejects(() => attempt, CircuitbookError, message);
  await refused(
    attribution.estimateHeads(model, { clean: [A], corrupted: [B] }, { metric }),
    "to have 12 tokens",
  );
  await refused(
    attribution.estimateHeads(model, same, { metric, at: "blocks.*.hook_mlp_out" }),
    "with heads",
  );
  await refused(
    attribution.estimatePositions(model, same, { metric, positions: [12] }),
    "position from 0 to 11",
  );
  await refused(
    attribution.estimateNeurons(model, same, { metric, neurons: [[0, 9999]] }),
    "neuron from 0",
  );
  await refused(
    attribution.estimateMlps(model, same, { metric, at: "hook_embed" }),
    "hook points of layers",
  );
  const long = { logProbability: [1, 2] };
  const other = { margin: 1 } as unknown as typeof metric;
  await refused(
    attribution.estimateHeads(model, same, { metric: long }),
    "a token for each of 1 rows but found 2",
  );
  await refused(
    attribution.estimateHeads(model, same, { metric: other }),
    "a metric with logitDifference",
  );
  await refused(
    attribution.estimateHeads(model, { clean: [], corrupted: [] }, { metric }),
    "at least one",
  );
});
