// The references come from TransformerLens: tests/data/attribution_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  attribution,
  CircuitbookError,
  loadModel,
  stats,
  tables,
  Tensor,
  vectors,
} from "circuitbook";
import { Engine } from "../../lib/model/engine/engine.ts";
import { pullBack } from "../../lib/model/pull_back.ts";
import { assertClose, openCase, referenceCases } from "../model/reference_cases.ts";

interface Attributed {
  heads: number[];
  neurons: number[];
  parts: Record<string, number>;
  logitDifference: number;
}

const { answer, against, ...cases } = JSON.parse(
  await Deno.readTextFile(new URL("../data/attribution_reference.json", import.meta.url)),
) as { answer: number; against: number } & Record<string, Attributed>;

/** Sums of contributions along the layers of one example. */
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

for (const [name, expected] of Object.entries(cases) as [string, Attributed][]) {
  Deno.test(`${name}: embeddings, heads, MLPs and neurons contribute what TransformerLens says`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const found = await attribution.direct(model, [rows.B, rows.A], { answer, against });
    const size = Math.abs(expected.logitDifference) + 1;
    assertClose(found.heads.slice({ example: 1 }), expected.heads, 1e-5 * size, "heads");
    if (found.neurons) {
      assertClose(found.neurons.slice({ example: 1 }), expected.neurons, 1e-5 * size, "neurons");
    } else assertEquals(expected.neurons, []);
    assertAlmostEquals(found.embed.data[1], expected.parts.embed, 1e-5 * size);
    assertEquals(found.posEmbed !== undefined, "pos_embed" in expected.parts);
    if (found.posEmbed) {
      assertAlmostEquals(found.posEmbed.data[1], expected.parts.pos_embed, 1e-5 * size);
    }
    for (let layer = 0; layer < model.architecture.layers; layer++) {
      // TransformerLens counts the biases to attention and MLP; here they are apart.
      const ours = sum(found.heads.slice({ layer, example: 1 }).data) +
        (found.mlps?.slice({ layer, example: 1 }).data[0] ?? 0) +
        found.biases.slice({ layer, example: 1 }).data[0];
      const theirs = expected.parts[`${layer}_attn_out`] +
        (expected.parts[`${layer}_mlp_out`] ?? 0);
      assertAlmostEquals(ours, theirs, 1e-5 * size, `layer ${layer}`);
    }
    assertAlmostEquals(found.logitDifferences.data[1], expected.logitDifference, 1e-5 * size);
    await model.dispose();
  });
}

for (const name of referenceCases) {
  Deno.test(`${name}: contributions that do not overlap sum to the difference of the logits, at several positions`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const positions = [[2, -1], [], [5]];
    const answers = [3, 9, 60];
    const others = [4, 3, 8];
    const found = await attribution.direct(model, [rows.A, rows.A, rows.B], {
      answer: answers,
      against: others,
      positions,
    });
    assertEquals(found.examples, [{ row: 0, position: 2 }, { row: 0, position: 11 }, {
      row: 2,
      position: 5,
    }]);
    const [whole, other] = [rows.A, rows.B].map((row) => model.run(row));
    const table = found.table().toRecords() as {
      row: number;
      position: number;
      contribution: number;
    }[];
    for (const [i, { row, position }] of found.examples.entries()) {
      const { logitCap } = model.architecture;
      // Contributions are those to the logits before their cap.
      const logits = (await (row ? other : whole)).logits.slice({ batch: 0, position }).data
        .map((logit) => logitCap ? logitCap * Math.atanh(logit / logitCap) : logit);
      const expected = logits[answers[i]] - logits[others[i]];
      const tolerance = 1e-4 * Math.max(1, Math.abs(expected));
      const lines = table.filter((line) => line.row === row && line.position === position);
      assertAlmostEquals(sum(lines.map(({ contribution }) => contribution)), expected, tolerance);
      assertAlmostEquals(found.sums.data[i], expected, tolerance);
      assertAlmostEquals(found.logitDifferences.data[i], expected, tolerance);
    }
    await model.dispose();
  });
}

for (const name of referenceCases) {
  Deno.test(`${name}: what is written along a direction sums to the stream's product with the direction, layer by layer`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const { layers, dModel } = model.architecture;
    const direction = vectors.randomDirections({ n: 1, size: dModel, seed: 3 }).data;
    const along = (values: ArrayLike<number>) =>
      direction.reduce((total, value, i) => total + value * values[i], 0);
    for (let layer = 0; layer < layers; layer++) {
      const found = await attribution.ontoDirection(model, rows.A, { direction, layer });
      assertEquals(found.heads.size("layer"), layer + 1);
      const stream = `blocks.${layer}.hook_resid_post`;
      const result = `blocks.${layer}.attn.hook_result`;
      const cache = await model.run(rows.A, { tap: [stream, result], positions: [-1] });
      const expected = along(cache.get(stream).data);
      assertAlmostEquals(found.sums.data[0], expected, 1e-4 * Math.max(1, Math.abs(expected)));
      assertAlmostEquals(found.logitDifferences.data[0], expected, 1e-4);
      // A norm after attention changes what a head's output adds to the stream.
      if (model.architecture.weights.layer(layer).ln1Post) continue;
      for (let head = 0; head < model.architecture.heads; head++) {
        const output = cache.get(result).slice({ head });
        const written = found.heads.slice({ layer, example: 0, head }).item();
        assertAlmostEquals(written, along(output.data), 1e-5);
      }
    }
    await model.dispose();
  });
}

Deno.test("a direction of another length, and a layer that does not exist, are refused", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_full");
  const direction = new Float32Array(model.architecture.dModel);
  await assertRejects(
    () => attribution.ontoDirection(model, rows.A, { direction: direction.slice(1), layer: 0 }),
    CircuitbookError,
    `Expected a direction of ${direction.length} finite numbers`,
  );
  await assertRejects(
    () => attribution.ontoDirection(model, rows.A, { direction, layer: 2 }),
    CircuitbookError,
    "Expected a layer from 0 to 1 but found 2",
  );
  await model.dispose();
});

Deno.test("without a second token, the answer's logit alone is attributed", async () => {
  const { model, reference: { rows } } = await openCase("gpt2_full");
  const found = await attribution.direct(model, rows.A, { answer: 7, positions: 3 });
  assertAlmostEquals(
    found.sums.data[0],
    (await model.run(rows.A)).logits.slice({ position: 3, vocab: 7 }).item(),
    1e-4,
  );
  await model.dispose();
});

Deno.test("means over examples have bootstrap intervals, and the neurons with the largest ones come first", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_full");
  const prompts = [rows.A, rows.B, rows.A.slice(3), rows.B.slice(1)];
  const found = await attribution.direct(model, prompts, { answer, against });
  const head = found.mean({ seed: 4, groups: [1, 1, 2, 3] }).toRecords()
    .find((row) => row.component === "head" && row.layer === 1 && row.head === 2)!;
  const expected = stats.bootstrap(found.heads.slice({ layer: 1, head: 2 }).data, {
    seed: 4,
    groups: [1, 1, 2, 3],
  });
  assertEquals([head.contribution, head.low, head.high, head.n], [
    expected.value,
    expected.low,
    expected.high,
    4,
  ]);

  const means = Array.from({ length: 2 * 48 }, (_, i) => {
    const [layer, neuron] = [Math.floor(i / 48), i % 48];
    return { layer, neuron, size: Math.abs(sum(found.neurons!.slice({ layer, neuron }).data)) / 4 };
  }).sort((a, b) => b.size - a.size);
  const top = tables.numberRows(found.topNeurons({ k: 5 }));
  assertEquals(
    top.map(({ layer, neuron }) => [layer, neuron]),
    means.slice(0, 5).map(({ layer, neuron }) => [layer, neuron]),
  );
  assertAlmostEquals(Math.abs(top[0].contribution), means[0].size, 1e-6);
  await model.dispose();
});

Deno.test("examples are split by a label: their difference, and either part alone", async () => {
  const { model, reference: { rows } } = await openCase("gpt2_full");
  const prompts = [rows.A, rows.B, rows.A.slice(3)];
  const holds = [true, false, true];
  const found = await attribution.direct(model, prompts, { answer, against });
  const [yes, no] = [holds, holds.map((value) => !value)].map((labels) => found.where(labels));
  assertEquals(yes.examples, [{ row: 0, position: 11 }, { row: 2, position: 8 }]);
  assertEquals(no.neurons!.data, found.neurons!.slice({ example: [1] }).data);
  assertAlmostEquals(no.sums.data[0], found.sums.data[1], 1e-6);
  const width = found.neurons!.size("neuron");
  const apart = [yes, no].map(({ neurons }) =>
    Float64Array.from(
      { length: 2 * width },
      (_, i) => {
        const { data } = neurons!.slice({ layer: Math.floor(i / width), neuron: i % width });
        return sum(data) / data.length;
      },
    )
  );
  const differences = apart[0].map((own, i) => own - apart[1][i]);
  const top = tables.numberRows(found.topNeurons({ k: 4, holds }));
  assertEquals(
    top.map(({ layer, neuron }) => width * layer + neuron),
    [...differences.keys()].sort((a, b) => Math.abs(differences[b]) - Math.abs(differences[a]))
      .slice(0, 4),
  );
  assertAlmostEquals(top[0].contribution, differences[width * top[0].layer + top[0].neuron], 1e-5);
  assertThrows(() => found.topNeurons({ holds: [true] }), CircuitbookError, "3 examples");
  const [means, others] = [tables.numberRows(yes.mean()), tables.numberRows(no.mean())];
  tables.numberRows(found.difference(holds)).forEach(({ contribution, low, high, n }, i) => {
    assertAlmostEquals(contribution, means[i].contribution - others[i].contribution, 1e-6);
    assert(low <= contribution + 1e-9 && contribution <= high + 1e-9 && n === 3);
  });
  assertThrows(
    () => found.where([true]),
    CircuitbookError,
    "Expected a label for each of 3 examples but found 1",
  );
  await model.dispose();
});

Deno.test("cumulated layer by layer, contributions end at the logit difference without the final norm's bias", async () => {
  const { model, reference: { rows } } = await openCase("gpt2_full");
  const found = await attribution.direct(model, [rows.A, rows.B], { answer, against });
  const layers = tables.numberRows(found.cumulative());
  assertEquals(layers.map(({ layer }) => layer), [0, 1]);
  const [first, last] = layers;
  const rest = sum(found.sums.data) / 2 - sum(found.finalBias.data) / 2;
  assertAlmostEquals(last.total, rest, 1e-5);
  assertAlmostEquals(last.total - first.total, last.heads + last.mlp + last.bias, 1e-5);
  assert(Math.abs(sum(found.finalBias.data)) > 1e-3);
  await model.dispose();
});

Deno.test("tokens and positions that do not fit are refused", async () => {
  const { model, reference: { rows } } = await openCase("attention_only");
  const refused = async (options: attribution.DirectOptions, message: string) => {
    await assertRejects(
      () => attribution.direct(model, [rows.A, rows.B], options),
      CircuitbookError,
      message,
    );
  };
  await refused({ answer: 96 }, "Expected a token id from 0 to 95");
  await refused({ answer: 1, against: -1 }, 'as "against" but found -1');
  await refused(
    { answer: [1, 2, 3] },
    'Expected one token as "answer", or one for each of 2 positions, but found 3',
  );
  await refused(
    { answer: 1, positions: [[0]] },
    "Expected a list of positions for each of 2 rows but found 1",
  );
  await refused({ answer: 1, positions: 9 }, "position of row 1");
  const found = await attribution.direct(model, rows.A, { answer: 1 });
  await assertRejects(async () => await found.topNeurons(), CircuitbookError, "attention-only");
  await model.dispose();
});

Deno.test("a direction pulled back through a matrix is what each input writes along it, and vectors of another size are refused", async () => {
  const model = await loadModel("countdown-r1");
  const { down } = model.architecture.weights.layer(3);
  const matrix = (await model.weight(down!.weight)).reshape({ d_model: 192, neuron: 512 });
  const unit = new Tensor(Float32Array.from({ length: 192 }, (_, i) => i === 17 ? 2 : 0), {
    example: 1,
    d_model: 192,
  });
  const [row] = await model.pullBack([down!.weight], unit);
  assertClose(
    row,
    matrix.slice({ d_model: 17 }).data.map((value) => 2 * value),
    1e-6,
    "pulled back",
  );
  await assertRejects(
    () => model.pullBack(["nothing"], unit),
    CircuitbookError,
    "Expected a matrix of the model",
  );
  const short = unit.reshape({ example: 2, d_model: 96 });
  await assertRejects(
    () => model.pullBack([down!.weight], short),
    CircuitbookError,
    "Expected vectors [example, 192]",
  );
});

Deno.test("directions pulled back through fed half-precision weights equal those through embedded weights", async () => {
  const { model } = await openCase("qwen2_grouped_f16");
  const { architecture, checkpoint } = model;
  const names = [
    architecture.weights.layer(0).o.weight,
    architecture.weights.layer(1).down!.weight,
  ];
  const controls = vectors.randomDirections({ n: 3, size: architecture.dModel, seed: 1 });
  const fed = new Engine(architecture, checkpoint, "cpu", { prepackLimitBytes: 0 });
  const [expected, actual] = [
    await model.pullBack(names, controls),
    await pullBack(fed, names, controls),
  ];
  actual.forEach((tensor, i) => assertClose(tensor, expected[i].data, 1e-6, names[i]));
  await Promise.all([fed.dispose(), model.dispose()]);
});
