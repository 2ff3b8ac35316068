import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CircuitbookError, type FunctionEdit, lens, neurons, tables } from "circuitbook";
import pl from "nodejs-polars";
import { openCase } from "../model/reference_cases.ts";

const cases = ["qwen2_grouped", "gpt2_full"];

/**
 * Silences neurons of a layer at the last positions of a row, without the edits that the library
 * has for it.
 */
function silence(
  layer: number,
  members: readonly neurons.Neuron[],
  size: number,
  last: number,
): FunctionEdit {
  const own = members.filter(([other]) => other === layer);
  return {
    at: `blocks.${layer}.mlp.hook_post`,
    apply: (activation) => {
      const end = activation.data.length / size;
      for (const [, neuron] of own) {
        for (let t = end - last; t < end; t++) activation.data[t * size + neuron] = 0;
      }
      return activation;
    },
  };
}

for (const name of cases) {
  for (const positions of [undefined, [-2, -1]]) {
    Deno.test(`${name}: silenced at ${positions ?? "all positions"}, the lens reads what a function edit gives`, async () => {
      const { model, reference: { rows } } = await openCase(name);
      const { dMlp } = model.architecture;
      const input = [rows.A, rows.B];
      const set = [[1, 4], [1, 9], [0, 2]] as const;
      const wanted = [3, 8, 5];
      const sets = [{ series: "set", k: 2, neurons: set }, {
        series: "set",
        k: 1,
        neurons: set.slice(0, 1),
      }];
      const options = { classes: { one: [3, 8], other: [5] }, positions };
      const found = (await neurons.sweepZeroed(model, input, sets, options)).toRecords();
      assertEquals(found.length, 3 * 2 * 2);
      for (const { k, row, layer, ...read } of found) {
        const members = [[], set.slice(0, 1), set][Number(k)];
        const tokens = input[Number(row)];
        const edit = [0, 1].map((layer) =>
          silence(layer, members, dMlp, positions ? 2 : tokens.length)
        );
        const cache = await model.run(tokens, {
          edit,
          tap: "blocks.*.hook_resid_post",
          positions: [-1],
        });
        const { top, asked } = await lens.logitLens(model, cache, { k: 1, tokens: wanted });
        const p = tables.numberRows(asked).filter((one) => one.layer === layer).map((
          { probability },
        ) => probability);
        assertEquals(read.token, top.toRecords().find((one) => one.layer === layer)?.token);
        assertAlmostEquals(Number(read["p(one)"]), p[0] + p[1], 1e-5);
        assertAlmostEquals(Number(read["p(other)"]), p[2], 1e-5);
      }
      await model.dispose();
    });
  }
}

Deno.test("a sweep without sets, or over neurons that are not there, is refused", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_grouped");
  const options = { classes: {} };
  await assertRejects(
    () => neurons.sweepZeroed(model, rows.A, [], options),
    CircuitbookError,
    "at least one set",
  );
  const sets = [{ series: "none", k: 1, neurons: [[5, 0]] as const }];
  await assertRejects(
    () => neurons.sweepZeroed(model, rows.A, sets, options),
    CircuitbookError,
    "Expected a layer",
  );
  await model.dispose();
});

Deno.test("sets by size are the first of each layer, with random ones of the same size that share none", async () => {
  const { model } = await openCase("qwen2_grouped");
  const direction = new Float32Array(32).fill(1);
  const near = await neurons.nearestNeurons(model, direction, { k: 5 });
  const far = await neurons.nearestNeurons(model, direction.map((value) => -value), { k: 5 });
  const sets = neurons.setsBySize(model, { near, both: [near, far] }, {
    ks: [2, 5],
    draws: 3,
    seed: 1,
  });
  assertEquals(sets.map(({ series, k }) => `${series} ${k}`).slice(0, 4), [
    "near 2",
    "near 5",
    "both 4",
    "both 10",
  ]);
  const ranks = near.toRecords();
  const firstTwo = ranks.filter(({ rank }) => Number(rank) <= 2).map((
    { layer, neuron },
  ) => [layer, neuron]);
  assertEquals(sets[0].neurons, firstTwo);
  const chosen = new Set(neurons.neuronsOf(sets[1].neurons).map(String));
  const random = sets.slice(4);
  assertEquals(random.map(({ k, draw }) => [k, draw]), [[2, 0], [2, 1], [2, 2], [5, 0], [5, 1], [
    5,
    2,
  ]]);
  for (const { k, neurons: drawn } of random) {
    const pairs = neurons.neuronsOf(drawn);
    assertEquals([0, 1].map((layer) => pairs.filter(([own]) => own === layer).length), [k, k]);
    assertEquals(pairs.filter((pair) => chosen.has(String(pair))), []);
  }
  const falling = neurons.setsBySize(model, { near }, { ks: [5, 1], draws: 20 }).slice(2);
  assertEquals(
    falling.flatMap(({ neurons: drawn }) => neurons.neuronsOf(drawn)).filter((p) =>
      chosen.has(String(p))
    ),
    [],
  );
  const unranked = pl.DataFrame({ layer: [0], neuron: [1] });
  assertThrows(
    () => neurons.setsBySize(model, { unranked }, { ks: [1] }),
    CircuitbookError,
    "found the columns layer",
  );
  assertThrows(
    () => neurons.setsBySize(model, { near }, { ks: [6] }),
    CircuitbookError,
    "6 ranked neurons of layer 0",
  );
  await model.dispose();
});

Deno.test("an effect is the difference to the same prompt and layer before", () => {
  const reading = (k: number, row: number, layer: number, p: number) => ({
    series: "a",
    k,
    draw: 0,
    row,
    layer,
    p,
  });
  const swept = pl.DataFrame([
    reading(0, 0, 1, 0.5),
    reading(0, 0, 2, 0.75),
    reading(0, 1, 1, 0.25),
    reading(0, 1, 2, 1),
    reading(3, 0, 1, 0.25),
    reading(3, 0, 2, 0.75),
    reading(3, 1, 1, 0.5),
    reading(3, 1, 2, 0),
  ]);
  const effects = neurons.effectsOf(swept, "p");
  assertEquals(effects.getColumn("effect").toArray(), [0, 0, 0, 0, -0.25, 0, 0.25, -1]);
  assertThrows(() => neurons.effectsOf(swept, "q"), CircuitbookError, 'Expected a column "q"');
});
