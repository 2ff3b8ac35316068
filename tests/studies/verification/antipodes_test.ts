import { countdown, loadModel, neurons, tables, vectors } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const model = await loadModel("countdown-r1", { device: "cpu" });
const { dModel, vocab } = model.architecture;
const words = countdown.verdictTokens(model.tokenizer);
const unembedding = (await model.unembedding()).data;
const rowOf = (token: number) => unembedding.subarray(token * dModel, (token + 1) * dModel);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
const { right, wrong } = countdown.verdictStarts(model.tokenizer);
const direction = vectors.difference(rowOf(right), rowOf(wrong));
const cosineOf = (value: Float32Array) => dot(value, direction) / Math.hypot(...value);

Deno.test("antipodes that say a verdict are those with three words for it among their nearest tokens", async () => {
  const layer = 6;
  const values = await neurons.valueVectors(model, layer);
  const sorted = Array.from({ length: model.architecture.dMlp }, (_, neuron) => neuron)
    .map((neuron) => ({ neuron, value: values.slice({ neuron }).data }))
    .sort((a, b) => cosineOf(b.value) - cosineOf(a.value));
  const sides = [["wrong", "right", sorted.slice(0, 20)], [
    "right",
    "wrong",
    sorted.slice(-20),
  ]] as const;
  const expected = sides.flatMap(([says, other, members]) =>
    members.flatMap(({ neuron, value }) => {
      const scores = Array.from({ length: vocab }, (_, id) => -dot(rowOf(id), value));
      const ten = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 10);
      const count = (list: readonly number[]) => ten.filter((id) => list.includes(id)).length;
      const [said, denied] = [count(words[says]), count(words[other])];
      return said >= 3 && said > denied ? [[neuron, says]] : [];
    })
  );
  assert(expected.length > 3);
  const options = { layers: [layer], k: 20 };
  const found = await verificationStudy.speakingAntipodes(model, direction, words, options);
  const named = found.map(({ neuron, says }) => [neuron, says]);
  assertEquals(named.sort(), expected.sort());
});

Deno.test("a coefficient is silu(gate) times up of the normalised stream, and its sign is what is written", async () => {
  const [layer, chosen] = [6, [223, 425, 3, 40]];
  const texts = [[1, 2, 3, 30], [7, 8, 9, 10, 11, 12]];
  const values = await neurons.valueVectors(model, layer);
  const members = chosen.map((neuron) => ({
    layer,
    neuron,
    says: "right",
    words: "",
    norm: Math.hypot(...values.slice({ neuron }).data),
  }));
  const table = tables.rowsOf(await verificationStudy.signedCoefficients(model, texts, members));
  assertEquals(table.length, 8);
  const keys = await neurons.keyVectors(model, layer);
  const tap = `blocks.${layer}.hook_resid_mid`;
  const streams = (await model.run(texts, { tap, positions: texts.map(() => [-1]) })).get(tap);
  for (const { neuron, example, signs, coefficient, negative, written, norm } of table) {
    const stream = streams.slice({ example }).data;
    const rms = Math.sqrt(dot(stream, stream) / dModel + 1e-6);
    const [gate, up] = ["gate", "up"].map((name) =>
      dot(keys[name].slice({ neuron }).data, stream) / rms
    );
    const expected = gate / (1 + Math.exp(-gate)) * up;
    assertAlmostEquals(coefficient, expected, 1e-3 * Math.max(1, Math.abs(expected)));
    assertEquals(signs, `gate ${gate < 0 ? "−" : "+"}, up ${up < 0 ? "−" : "+"}`);
    assertEquals(negative, coefficient < 0);
    assertAlmostEquals(written, -coefficient * norm, 1e-4);
  }
  assert(new Set(table.map(({ signs }) => signs)).size > 2);
});

Deno.test("neurons are sorted by how far their coefficients lie apart", () => {
  const flip = (neuron: number, before: string, coefficient: number): verificationStudy.Flip => ({
    layer: 1,
    neuron,
    says: "wrong",
    words: "no",
    norm: 1,
    example: 0,
    signs: "gate +, up −",
    coefficient,
    negative: coefficient < 0,
    written: -coefficient,
    before,
  });
  const verdicts = { named: "own", other: "other" };
  const flips = [
    flip(5, "own", -1),
    flip(5, "other", 1),
    flip(7, "own", -4),
    flip(7, "own", 2),
    flip(7, "other", 3),
  ];
  const rows = tables.rowsOf(verificationStudy.flipsByNeuron(flips, verdicts));
  assertEquals(
    rows.map((row) => [row.neuron, row["negative before it"], row["coefficient before it"]]),
    [["L1N7", "50 %", -1], ["L1N5", "100 %", -1]],
  );
  assertThrows(() => verificationStudy.flipsByNeuron([flip(5, "own", 1)], verdicts), Error, "both");
});
