import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CircuitbookError, normal, probing, seededRandom, Tensor } from "circuitbook";
import { SoftmaxLosses } from "../../lib/probe/softmax.ts";
import { mlpOf } from "../../lib/probe/train.ts";
// tests/data/mlp_probe_reference.py wrote it: PyTorch in float64.
import reference from "../data/mlp_probe_reference.json" with { type: "json" };

const width = reference.x[0].length;
const classCount = reference.probabilities[0].length;
const parameters = Float64Array.from(reference.parameters);

Deno.test("loss and gradient of an MLP are PyTorch's", async () => {
  const sizes = { classCount, featureCount: width + 1, hiddenCount: reference.hidden };
  const losses = await SoftmaxLosses.compile(sizes, reference.l2);
  const features = Float64Array.from(reference.x.flatMap((row) => [...row, 1]));
  const examples = { features, labels: Int32Array.from(reference.y) };
  try {
    const [{ value, gradient }] = await losses.at([parameters], examples, examples);
    assertAlmostEquals(value, reference.loss, 1e-12);
    assertEquals(gradient.length, reference.gradient.length);
    gradient.forEach((slope, i) => assertAlmostEquals(slope, reference.gradient[i], 1e-12));
  } finally {
    await losses.release();
  }
});

Deno.test("an MLP with PyTorch's weights gives PyTorch's probabilities", () => {
  const classes = ["a", "b", "c"];
  const values = Float32Array.from(reference.x.flat());
  const layer = { layer: 2, values, exampleCount: reference.x.length, width, feature: "d_model" };
  const probe = mlpOf(layer, classes, parameters);
  const activations = new Tensor(values, { example: reference.x.length, d_model: width });
  const { data } = probe.probabilities(activations);
  reference.probabilities.flat().forEach((p, i) => assertAlmostEquals(data[i], p, 1e-6));
  const likeliest = reference.probabilities.map((row) => classes[row.indexOf(Math.max(...row))]);
  assertEquals(probe.predict(activations), likeliest);
  const narrow = new Tensor(new Float32Array(2), { example: 1, d_model: 2 });
  assertThrows(() => probe.predict(narrow), CircuitbookError, "d_model 5");
});

/**
 * Examples of which a label says whether two numbers have one sign, in any unit and at any offset.
 */
function signs(n: number, seed: number) {
  const random = seededRandom(seed);
  const pairs = Array.from({ length: n }, () => [normal(random), normal(random)]);
  const labels = pairs.map(([a, b]) => a * b > 0 ? "alike" : "differ");
  const values = Float32Array.from(pairs.flatMap(([a, b]) => [1000 + 50 * a, b / 50, 7]));
  return { labels, activations: new Tensor(values, { layer: 1, example: n, d_model: 3 }) };
}

Deno.test("an MLP reads the product of two signs on new examples, a linear probe does not", async () => {
  const [known, others] = [signs(300, 1), signs(300, 2)];
  const groups = [...known.labels.keys()];
  const accuracyOf = (probes: Pick<probing.Probes, "evaluate">) =>
    probing.bestLayer(probes.evaluate(others.activations, others.labels)).value;
  const mlps = await probing.mlpProbe(known.activations, known.labels, { groups, hidden: 16 });
  assert(accuracyOf(mlps) > 0.9);
  const linear = await probing.probe(known.activations, known.labels, { groups });
  assert(accuracyOf(linear) < 0.65);
});

Deno.test("one seed gives one MLP, and shuffled labels leave an MLP nothing to read", async () => {
  const { activations, labels } = signs(300, 3);
  const options = { groups: [...labels.keys()], hidden: 16 };
  const [one, again, other] = [
    await probing.mlpProbe(activations, labels, options),
    await probing.mlpProbe(activations, labels, options),
    await probing.mlpProbe(activations, labels, { ...options, seed: 1 }),
  ].map((probes) => [...probes.layer(0).weights.input.data]);
  assertEquals(one, again);
  assert(one.some((weight, i) => weight !== other[i]));
  const shuffled = probing.shuffledLabels(labels, { seed: 1 });
  const control = await probing.mlpProbe(activations, shuffled, options);
  const [{ low }] = probing.layerAccuracies(control.layers);
  assert(low < 0.5);
});

Deno.test("a number of hidden neurons that makes no sense is refused", async () => {
  const { activations, labels } = signs(8, 4);
  await assertRejects(
    () => probing.mlpProbe(activations, labels, { groups: [...labels.keys()], hidden: 0 }),
    CircuitbookError,
    "hidden",
  );
});
