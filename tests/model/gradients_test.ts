// The reference gradients are PyTorch's: tests/data/gradients_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CircuitbookError, loadModel, type MetricData, type Model, Tensor } from "circuitbook";
import { openSafetensors } from "../reference.ts";
import { openCase } from "./reference_cases.ts";

const reference = await openSafetensors(
  fromFileUrl(new URL("../data/gradients_reference.safetensors", import.meta.url)),
);
const cases = [...new Set([...reference.keys()].map((key) => key.split("/")[0]))];
const difference: MetricData = { logitDifference: [7, 11] };

/** Asserts that no number is off by more than 1e-3 of the largest. */
function assertSlopes(actual: ArrayLike<number>, expected: Float32Array, label: string): void {
  assertEquals(actual.length, expected.length, label);
  const largest = Math.max(1e-7, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(actual[i] - value)));
  assert(worst <= 1e-3 * largest, `${label}: off by ${worst}, the largest is ${largest}`);
}

/** All hook points of a model but those of which the reference has no gradient. */
const differentiable = ({ hookPoints }: Model, name: string) =>
  hookPoints.map((point) => point.name).filter((point) => reference.has(`${name}/point/${point}`));

for (const name of cases) {
  Deno.test(`${name}: gradients by every hook point are PyTorch's, kept and recomputed`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const at = differentiable(model, name);
    assert(at.length > 10 * model.architecture.layers, at.join());
    for (const activations of ["keep", "recompute"] as const) {
      const { gradients } = await model.gradients(rows.A.slice(0, 6), difference, {
        at,
        activations,
      });
      for (const point of at) {
        assertSlopes(
          gradients.get(point).data,
          reference.get(`${name}/point/${point}`)!,
          `${activations} ${point}`,
        );
      }
    }
    await model.dispose();
  });

  Deno.test(`${name}: gradients of a loss by every weight are PyTorch's, for rows of unequal length`, async () => {
    const { model, reference: { rows: { A, B } } } = await openCase(name);
    const rows = [A.slice(0, 6), B.slice(0, 4)];
    const weights = rows.map((row) => row.slice(1).map(() => 1 / 8));
    const { loss, gradients } = await model.lossGradients(rows, weights);
    assertAlmostEquals(loss, reference.get(`${name}/loss`)![0], 1e-5);
    const names = [...reference.keys()].filter((key) => key.startsWith(`${name}/weight/`));
    assertEquals(
      [...gradients.keys()].sort(),
      names.map((key) => key.slice(`${name}/weight/`.length)).sort(),
    );
    for (const [weight, { data }] of gradients) {
      assertSlopes(data as Float32Array, reference.get(`${name}/weight/${weight}`)!, weight);
    }
    await model.dispose();
  });
}

Deno.test("each row has the gradient that it has alone, where others pad it", async () => {
  const { model, reference: { rows: { A, B } } } = await openCase("qwen2_grouped");
  const at = ["blocks.0.hook_resid_pre", "blocks.1.attn.hook_z"];
  const rows = [A.slice(0, 9), B.slice(0, 4)];
  const together = await model.gradients(rows, difference, { at });
  for (const [row, tokens] of rows.entries()) {
    const alone = await model.gradients(tokens, difference, { at });
    assertAlmostEquals(together.values[row], alone.values[0], 1e-5);
    for (const point of at) {
      assertSlopes(
        together.gradients.row(row).get(point).data,
        alone.gradients.get(point).data as Float32Array,
        point,
      );
    }
  }
  await model.dispose();
});

Deno.test("recomputed gradients go back no further than is asked: edits before may be functions", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_grouped");
  const at = ["blocks.1.hook_resid_mid", "blocks.1.attn.hook_v"];
  const apply = ({ data, sizes }: Tensor) => new Tensor(data.map((value) => 2 * value), sizes);
  const edit = { at: "blocks.0.hook_resid_mid", apply };
  const [kept, again] = await Promise.all(
    (["keep", "recompute"] as const).map((activations) =>
      model.gradients(A, difference, { at, edit, activations })
    ),
  );
  const affine = await model.gradients(A, difference, { at, edit: { at: edit.at, scale: 2 } });
  assertAlmostEquals(again.values[0], kept.values[0], 1e-4);
  for (const point of at) {
    assertSlopes(
      again.gradients.get(point).data,
      kept.gradients.get(point).data as Float32Array,
      point,
    );
    assertSlopes(
      affine.gradients.get(point).data,
      kept.gradients.get(point).data as Float32Array,
      point,
    );
  }
  await model.dispose();
});

Deno.test("positions and heads select gradients as they select activations", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_grouped");
  const at = "blocks.0.attn.hook_z";
  const pattern = "blocks.0.attn.hook_pattern";
  const whole = await model.gradients(A, difference, { at: [at, pattern] });
  const part = await model.gradients(A, difference, {
    at: [{ at, heads: [2] }, pattern],
    positions: [3, -1],
  });
  assertSlopes(
    part.gradients.get(at).data,
    whole.gradients.get(at).slice({ position: [3, A.length - 1], head: [2] }).data as Float32Array,
    at,
  );
  const queries = whole.gradients.get(pattern).slice({ query: [3, A.length - 1] });
  assertSlopes(part.gradients.get(pattern).data, queries.data as Float32Array, pattern);
  await model.dispose();
});

Deno.test("a metric moves along its gradient as far as the gradient says", async (t) => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
  const at = "blocks.3.hook_resid_mid";
  const direction = Array.from({ length: 192 }, (_, i) => Math.cos(i));
  const metrics: Record<string, MetricData> = {
    "a logit difference": { logitDifference: [20, 30], position: -4 },
    "a log-probability": { logProbability: 20 },
    "the loss of a text": { loss: "next token" },
    "a probe's score": { score: direction, at: "blocks.6.hook_resid_post", positions: [-4, -1] },
  };
  for (const [name, metric] of Object.entries(metrics)) {
    await t.step(name, async () => {
      const edit = { at: "blocks.2.attn.hook_z", heads: [1], scale: 0.5 };
      const positions = [-4];
      const { gradients } = await model.gradients(text, metric, { at, positions, edit });
      const slope = gradients.get(at).data;
      const size = Math.hypot(...slope);
      const step = 0.1;
      const moved = async (sign: number) => {
        const shift = {
          at,
          positions,
          shift: [...slope].map((value) => sign * step * value / size),
        };
        return (await model.gradients(text, metric, {
          at: "blocks.6.hook_resid_post",
          edit: [edit, shift],
        })).values[0];
      };
      const measured = (await moved(1) - await moved(-1)) / (2 * step);
      assertAlmostEquals(measured / size, 1, 5e-3);
    });
  }
});

Deno.test("gradients refuse what cannot be differentiated, by name", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_grouped");
  const at = "blocks.0.hook_resid_pre";
  const refused = (metric: unknown, options: object, message: string) =>
    assertRejects(
      () => model.gradients(A, metric as MetricData, { at, ...options }),
      CircuitbookError,
      message,
    );
  await refused({ logits: 3 }, {}, "Expected a metric with logitDifference");
  await refused({ logProbability: 96 }, {}, "Expected a token id from 0 to 95");
  await refused({ logProbability: [1, 2] }, {}, "a token for each of 1 rows");
  await refused({ score: [1, 2], at }, {}, "Expected a direction of 32 numbers");
  await refused({ score: [NaN, ...Array(31).fill(1)], at }, {}, "to be a direction");
  const broken = new Tensor(new Float32Array(32).fill(Infinity), { d_model: 32 });
  const direction = Array(32).fill(1);
  await refused(
    { score: broken, at },
    {},
    "Expected finite numbers as a direction but found Infinity",
  );
  await refused(
    { score: direction, at, positions: [[0], [1]] },
    {},
    "positions for each of 1 rows in the metric but found 2",
  );
  await refused({ score: direction, at, positions: [[]] }, {}, "at least one position of row 0");
  await refused(
    { score: Array(32).fill(1), at },
    { at: "blocks.1.hook_resid_pre" },
    "the metric reads",
  );
  await refused(difference, { at: "blocks.0.hook_resid_prf" }, "hook_resid_pre");
  await refused(difference, { activation: "keep" }, '"activations"');
  const edit = { at: "blocks.0.mlp.hook_post", apply: (x: unknown) => x };
  await refused(difference, { edit }, "which has no gradient");
  await assertRejects(
    () => model.lossGradients([A], [A.slice(1).map(() => 0)]),
    CircuitbookError,
    "all weights are 0",
  );
  await model.dispose();
});
