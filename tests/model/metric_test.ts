import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  ablation,
  attribution,
  CircuitbookError,
  intervene,
  interventionTaps,
  type Metric,
  type MetricData,
  patching,
  tables,
} from "circuitbook";
import { smallModel } from "./models.ts";

const difference = { logitDifference: [7, 11] } as const;
const subtracted = (logits: Float32Array): number => logits[7] - logits[11];

Deno.test("a logit difference as data and as a function judge interventions, ablations and patches alike", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const at = "blocks.1.attn.hook_z";
  const base = await model.run([A, B], { tap: interventionTaps(model, [at]), logits: [-1] });
  const jobs = [0, 1].map((row) => ({ row, edits: [{ at, heads: [1], scale: 0 }] }));
  const judged = async (metric: Metric): Promise<unknown> => {
    const pair = { clean: [A], corrupted: [A.with(3, 5)] };
    const sets = [[[1, 0]]] as const;
    const keys = [[0], [0]];
    return [
      await intervene(model, base, jobs, { metric }),
      tables.numberRows(await ablation.sweepHeads(model, [A, B], { metric })),
      tables.numberRows(
        await ablation.scaleEdges(model, [A, B], sets, {
          metric,
          queries: [-1, -1],
          keys,
          scales: [0],
        }),
      ),
      tables.numberRows(await patching.heads(model, pair, { metric })),
    ];
  };
  assertEquals(await judged(difference), await judged(subtracted));
});

Deno.test("a log-probability of the last logits is the one that the graph computes, with a token for each row", async () => {
  await using small = await smallModel("gpt2_full");
  const { model, A, B } = small;
  const metric = { logProbability: [7, 11] } as const;
  const { values } = await model.gradients([A, B], metric, { at: "blocks.1.hook_resid_post" });
  const swept = tables.numberRows(
    await ablation.sweepHeads(model, [A, B], { metric, heads: [[0, 1]] }),
  );
  swept.forEach(({ baseline }, row) => assertAlmostEquals(baseline, values[row], 1e-5));
});

Deno.test("what reads more than the last logits, and what cannot be differentiated, is refused", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const refused = (attempt: () => Promise<unknown>, message: string) =>
    assertRejects(attempt, CircuitbookError, message);
  const at = "blocks.0.hook_resid_pre";
  const others: Metric[] = [
    { loss: "next token" },
    { ...difference, position: 2 },
    { score: Array<number>(32).fill(1), at },
  ];
  for (const metric of others) {
    await refused(
      () => ablation.sweepHeads(model, A, { metric }),
      "a metric of the last position's logits",
    );
  }
  await refused(
    () => ablation.sweepHeads(model, A, { metric: 3 as unknown as Metric }),
    '"metric" of sweepHeads to be data such as { logitDifference: [a, b] }, or a function',
  );
  const asData = subtracted as unknown as MetricData;
  const pair = { clean: [A], corrupted: [A] };
  const differentiated = [
    () => model.gradients(A, asData, { at }),
    () => attribution.estimateHeads(model, pair, { metric: asData }),
    () => attribution.integratedGradients(model, A, { metric: asData }),
    () => attribution.edges(model, pair, { metric: asData }),
  ];
  for (const attempt of differentiated) {
    await refused(attempt, "Expected a metric as data, such as { logitDifference: [a, b] }");
  }
});
