import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CircuitbookError, neurons, seededRandom, tables, Tensor } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

Deno.test("activations are those of a whole run, at each row's own positions and in the order of the neurons", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_grouped");
  const list = [[1, 7], [0, 2], [1, 0]] as const;
  const positions = [[0, 3], [2]];
  const found = await neurons.activationsOf(model, [rows.A, rows.B], list, { positions });
  assertEquals(found.sizes, { example: 3, neuron: 3 });
  const places = [[rows.A, 0], [rows.A, 3], [rows.B, 2]] as const;
  for (const [example, [row, position]] of places.entries()) {
    const cache = await model.run(row, { tap: "blocks.*.mlp.hook_post" });
    list.forEach(([layer, d_mlp], neuron) => {
      const whole = cache.get(`blocks.${layer}.mlp.hook_post`).slice({ batch: 0, position, d_mlp })
        .item();
      assertAlmostEquals(found.slice({ example, neuron }).item(), whole, 1e-5);
    });
  }
  const second = await neurons.activationsOf(model, [rows.A, rows.B], list, {
    positions: [[], [2]],
  });
  second.data.forEach((value, i) =>
    assertAlmostEquals(value, found.slice({ example: 2 }).data[i], 1e-5)
  );
  const last = await neurons.activationsOf(model, [rows.A, rows.B], list, { positions: [-1] });
  assertEquals(last.sizes, { example: 2, neuron: 3 });
  const nowhere = neurons.activationsOf(model, rows.A, list, { positions: [[]] });
  await assertRejects(() => nowhere, CircuitbookError, "at least one position to read");
  const edit = { at: "blocks.1.mlp.hook_post", rows: [0], scale: 0 };
  await assertRejects(
    () => neurons.activationsOf(model, rows.A, list, { edit }),
    CircuitbookError,
    "the same for all rows",
  );
  await model.dispose();
});

Deno.test("a neuron's AUC is the share of pairs that it puts in order", () => {
  const random = seededRandom(3);
  const examples = 40;
  const activations = new Tensor(
    Float32Array.from({ length: examples * 2 }, () => Math.round(random() * 10)),
    {
      example: examples,
      neuron: 2,
    },
  );
  const holds = Array.from({ length: examples }, () => random() < 0.4);
  const rows = tables.numberRows(neurons.aucByNeuron(activations, [[0, 1], [1, 1]], holds));
  rows.forEach(({ auc, meanTrue, meanFalse }, neuron) => {
    const own = [...activations.slice({ neuron }).data];
    const [yes, no] = [true, false].map((kind) => own.filter((_, i) => holds[i] === kind));
    const ordered = yes.flatMap((a) => no.map((b) => a > b ? 1 : a === b ? 0.5 : 0));
    assertAlmostEquals(auc, ordered.reduce<number>((a, b) => a + b, 0) / ordered.length, 1e-9);
    assertAlmostEquals(meanTrue, yes.reduce((a, b) => a + b) / yes.length, 1e-9);
    assertAlmostEquals(meanFalse, no.reduce((a, b) => a + b) / no.length, 1e-9);
  });
  assertThrows(
    () => neurons.aucByNeuron(activations, [[0, 1]], holds),
    CircuitbookError,
    "neuron 1",
  );
});

Deno.test("random neurons are as many in each layer, never the chosen ones, and the same for a seed", async () => {
  const { model } = await openCase("qwen2_grouped");
  const { dMlp } = model.architecture;
  const like = [[0, 1], [1, 2], [1, 3]] as const;
  const draws = Array.from(
    { length: 30 },
    (_, seed) => neurons.randomNeurons(model, like, { seed }),
  );
  assertEquals(draws[4], neurons.randomNeurons(model, like, { seed: 4 }));
  for (const draw of draws) {
    assertEquals(draw.map(([layer]) => layer), [0, 1, 1]);
    assertEquals(new Set(draw.map(String)).size, 3);
    assert(draw.every((pair) => !like.map(String).includes(String(pair)) && pair[1] < dMlp));
  }
  assert(new Set(draws.flat().map(String)).size > 20);
  assertThrows(
    () => neurons.randomNeurons(model, [[2, 0]]),
    CircuitbookError,
    "Expected a layer from 0 to 1",
  );
  const fromEnd = Array.from(
    { length: 30 },
    (_, seed) => neurons.randomNeurons(model, [[-1, 1 - dMlp]], { seed }),
  )
    .flat();
  assert(fromEnd.every(([layer, neuron]) => layer === 1 && neuron !== 1));
  const most = Array.from({ length: dMlp }, (_, neuron) => [0, neuron] as const);
  assertThrows(() => neurons.randomNeurons(model, most), CircuitbookError, "layer 0 but found 0");
  await model.dispose();
});

Deno.test("the most active neurons write most on average", async () => {
  const { model, reference: { rows } } = await openCase("gpt2_full");
  const { dMlp } = model.architecture;
  const input = [rows.A, rows.B];
  const table = await neurons.mostActive(model, input, { k: 3, layers: [1] });
  const values = await neurons.valueVectors(model, 1);
  const written = new Array<number>(dMlp).fill(0);
  for (const row of input) {
    const { data } = (await model.run(row, { tap: "blocks.1.mlp.hook_post" })).get(
      "blocks.1.mlp.hook_post",
    );
    const norms = written.map((_, neuron) => Math.hypot(...values.slice({ neuron }).data));
    data.forEach((value, i) => written[i % dMlp] += Math.abs(value) * norms[i % dMlp]);
  }
  const count = rows.A.length + rows.B.length;
  const order = [...written.keys()].sort((a, b) => written[b] - written[a]);
  const best = tables.numberRows(table);
  assertEquals(best.map(({ neuron }) => neuron), order.slice(0, 3));
  best.forEach((row) => assertAlmostEquals(row.written, written[row.neuron] / count, 1e-5));
  const others = await neurons.mostActive(model, input, {
    k: 3,
    layers: [1],
    except: [[1, order[0]]],
  });
  assertEquals(others.getColumn("neuron").toArray(), order.slice(1, 4));
  await model.dispose();
});

Deno.test("activations are read under edits, and written along a direction", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_grouped");
  const list = [[1, 7], [1, 2]] as const;
  const edit = { at: "blocks.1.hook_resid_mid", positions: [-1], shift: 0.5 };
  const found = await neurons.activationsOf(model, rows.A, list, { positions: [-1], edit });
  const whole = (await model.run(rows.A, { tap: "blocks.1.mlp.hook_post", edit })).get(
    "blocks.1.mlp.hook_post",
  );
  list.forEach(([, d_mlp], neuron) => {
    const expected = whole.slice({ batch: 0, position: -1, d_mlp }).item();
    assertAlmostEquals(found.slice({ example: 0, neuron }).item(), expected, 1e-5);
  });
  const direction = Float32Array.from({ length: model.architecture.dModel }, (_, i) => Math.cos(i));
  const near = await neurons.nearestNeurons(model, direction, { k: 3, layers: [1] });
  const activations = await neurons.activationsOf(model, rows.A, near, { positions: [-1], edit });
  const values = await neurons.valueVectors(model, 1);
  const length = Math.hypot(...direction);
  tables.numberRows(neurons.writtenAlong(activations, near)).forEach(
    ({ neuron, activation, written }) => {
      const own = values.slice({ neuron }).data;
      const plain = whole.slice({ batch: 0, position: -1, d_mlp: neuron }).item();
      const along = own.reduce((sum, value, i) => sum + value * direction[i], 0) / length;
      assertAlmostEquals(activation, plain, 1e-5);
      assertAlmostEquals(written, plain * along, 1e-5);
    },
  );
  assertThrows(() => neurons.writtenAlong(activations, near.head(2)), CircuitbookError, "neuron 2");
  await model.dispose();
});
