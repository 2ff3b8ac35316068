// Against torch.optim.AdamW and torch.optim.Muon: tests/data/optimizer_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, loadModel, training } from "circuitbook";

interface Steps {
  start: Record<string, number[]>;
  gradients: Record<string, number[]>[];
  norms: number[];
  end: Record<string, number[]>;
}

interface Reference {
  shapes: Record<string, [number, number]>;
  hidden: string[];
  turned: string[];
  factors: number[];
  adam: { rate: number; betas: [number, number]; eps: number; decay: number };
  muon: { rate: number; momentum: number; decay: number };
  adamOnly: Steps;
  withMuon: Steps;
}

const reference: Reference = JSON.parse(
  await Deno.readTextFile(new URL("../data/optimizer_reference.json", import.meta.url)),
);
const shapes = new Map<string, number[]>(Object.entries(reference.shapes));
const hidden = reference.hidden.map((name): training.HiddenMatrix => {
  const shape = reference.shapes[name];
  const [outputs, inputs] = reference.turned.includes(name) ? shape.toReversed() : shape;
  return { name, shape, outputs, inputs };
});
const { adam, muon, factors } = reference;

function arrays(numbers: Record<string, number[]>): Map<string, Float32Array<ArrayBuffer>> {
  return new Map(
    Object.entries(numbers).map(([name, values]) => [name, Float32Array.from(values)]),
  );
}

function gradientsOf(numbers: Record<string, number[]>) {
  return new Map(
    [...arrays(numbers)].map(([name, data]) => [name, { data, dims: shapes.get(name)! }]),
  );
}

/** Weights after the steps from one on, and the norms. */
async function stepped(
  optimizer: training.Optimizer,
  weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  { gradients }: Steps,
  { from = 0, to = gradients.length }: { from?: number; to?: number } = {},
) {
  const norms: number[] = [];
  for (let i = from; i < to; i++) {
    const made = await optimizer.step(weights, gradientsOf(gradients[i]), factors[i]);
    weights = made.weights;
    norms.push(made.norm);
  }
  return { weights, norms };
}

async function compare(settings: training.OptimizerSettingsInput, steps: Steps) {
  const optimizer = new training.Optimizer(shapes, settings, hidden);
  const { weights, norms } = await stepped(optimizer, arrays(steps.start), steps);
  norms.forEach((norm, i) => assertAlmostEquals(norm, steps.norms[i], 1e-5 * steps.norms[i]));
  for (const [name, expected] of Object.entries(steps.end)) {
    expected.forEach((value, i) =>
      assertAlmostEquals(weights.get(name)![i], value, 1e-5, `${name} at ${i}`)
    );
  }
  await optimizer.dispose();
}

Deno.test("AdamW moves weights as PyTorch's does, with decay, a schedule and gradients clipped by their norm", async () => {
  await compare({ adam }, reference.adamOnly);
});

Deno.test("Muon moves matrices of every form, stored either way round, as PyTorch's does in f32", async () => {
  await compare({ adam, muon }, reference.withMuon);
});

Deno.test("an optimizer that was restored goes on to the last bit", async () => {
  const steps = reference.withMuon;
  const settings = { adam, muon };
  const whole = new training.Optimizer(shapes, settings, hidden);
  const first = new training.Optimizer(shapes, settings, hidden);
  const expected = await stepped(whole, arrays(steps.start), steps);
  const half = await stepped(first, arrays(steps.start), steps, { to: 2 });
  const second = new training.Optimizer(shapes, settings, hidden);
  second.restore({
    step: first.state.step,
    moments: new Map([...first.state.moments].map(([name, { data }]) => [name, data.slice()])),
  });
  assertEquals((await stepped(second, half.weights, steps, { from: 2 })).weights, expected.weights);
  assertThrows(
    () => second.restore({ step: 2, moments: new Map() }),
    CircuitbookError,
    "but found none",
  );
});

Deno.test("a gradient that is not finite changes neither weights nor moments", async () => {
  const optimizer = new training.Optimizer(shapes, { adam, muon }, hidden);
  const { start, gradients } = reference.withMuon;
  const weights = arrays(start);
  const before = optimizer.state;
  for (const bad of [NaN, Infinity]) {
    const broken = gradientsOf({ ...gradients[0], bias: [0, bad, 0] });
    const made = await optimizer.step(weights, broken);
    assert(!Number.isFinite(made.norm));
    assertEquals(made.weights, weights);
    assertEquals(optimizer.state, before);
  }
});

Deno.test("an optimizer refuses settings that it does not know, and Muon without matrices", () => {
  const refused = (settings: unknown, message: string) =>
    assertThrows(
      () => new training.Optimizer(shapes, settings as training.OptimizerSettingsInput),
      CircuitbookError,
      message,
    );
  refused({ adam: { rate: -1 } }, "to be a number of at least 0 but found -1");
  refused({ adam: { rate: 1, betas: [0.9, 1] } }, "to be a number from 0, below 1 but found 1");
  refused({ adam: { rate: 1 }, clipp: 1 }, 'nearest: "clip"');
  refused({ adam: { rate: 1 }, muon: { rate: 1 } }, "Expected hidden matrices");
});

Deno.test("Muon refuses a model with fused matrices by their name; AdamW alone takes the model", async () => {
  for (
    const [folder, fused] of [
      ["tests/data/phi3_longrope", "model.layers.0.self_attn.qkv_proj.weight"],
      ["tests/data/checkpoints/neox_parallel", "query_key_value.weight"],
    ]
  ) {
    const { architecture } = await loadModel(folder, { device: "cpu" });
    const parts = { architecture, shapes: architecture.shapes };
    const error = assertThrows(
      () => training.Optimizer.of(parts, { adam, muon }),
      CircuitbookError,
      "which holds several; train this model with AdamW",
    );
    assert(error.message.includes(fused), error.message);
    await training.Optimizer.of(parts, { adam }).dispose();
  }
});
