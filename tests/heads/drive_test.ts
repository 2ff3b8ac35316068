// The references are computed in PyTorch from whole matrices and hook_result:
// tests/data/heads_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, heads, stats, tables } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

type Driven = [
  layer: number,
  neuron: number,
  key: string,
  fromLayer: number,
  head: number,
  score: number,
  added: number,
  total: number,
];

const references = JSON.parse(
  await Deno.readTextFile(new URL("../data/heads_reference.json", import.meta.url)),
);
const { neurons, text, positions } = references as {
  neurons: [number, number][];
  text: number[];
  positions: number[];
};

/** The expected numbers of each pair of head and key. */
function expectedPairs(name: string): Map<string, { score: number; added: number; total: number }> {
  return new Map(
    (references[name].driven as Driven[]).map((
      [layer, neuron, key, fromLayer, head, score, added, total],
    ) => [[layer, neuron, key, fromLayer, head].join(), { score, added, total }] as const),
  );
}

for (const name of ["qwen2_grouped", "qwen3_grouped", "llama_single", "gpt2_full"]) {
  Deno.test(`${name}: OV matrices drive keys by their weights as the whole matrices do`, async () => {
    const { model } = await openCase(name);
    const expected = expectedPairs(name);
    const { neurons: drive } = await heads.weightDrive(model, neurons);
    assertEquals(drive.height, expected.size);
    for (const { neuron_layer, neuron, key, layer, head, score } of drive.toRecords()) {
      const pair = [neuron_layer, neuron, key, layer, head].join();
      assertAlmostEquals(Number(score), expected.get(pair)!.score, 1e-5, pair);
    }
    await model.dispose();
  });

  Deno.test(`${name}: heads' outputs drive neurons at a position through the frozen norm`, async () => {
    const { model } = await openCase(name);
    const expected = expectedPairs(name);
    const { neurons: drive, heads: table } = await heads.activeDrive(model, [text], {
      neurons,
      positions: [positions],
      holds: [false, true],
    });
    assertEquals(drive.height, expected.size);
    for (const { neuron_layer, neuron, key, layer, head, difference, total } of drive.toRecords()) {
      const { added, total: whole } = expected.get(
        [neuron_layer, neuron, key, layer, head].join(),
      )!;
      assertAlmostEquals(Number(difference), added, 2e-5);
      assertAlmostEquals(Number(total), whole, 2e-5);
    }
    for (const { layer, head, key, share, n } of table.toRecords()) {
      const own = [...expected].filter(([pair]) => pair.endsWith(`,${key},${layer},${head}`)).map((
        [, found],
      ) => found);
      const all = new Map(
        [...expected].filter(([pair]) => pair.split(",")[2] === key).map((
          [pair, { total }],
        ) => [pair.split(",").slice(0, 2).join(), Math.abs(total)]),
      );
      const whole = [...all.values()].reduce((a, b) => a + b);
      assertAlmostEquals(
        Number(share),
        own.reduce((sum, { added, total }) => sum + Math.sign(total) * added, 0) / whole,
        1e-5,
      );
      assertEquals(n, 2);
    }
    await model.dispose();
  });
}

Deno.test("a head's score is the mean over neurons, and chance that over random neurons of the same layers", async () => {
  const { model } = await openCase("qwen2_grouped");
  const chosen = [[1, 0], [1, 7], [0, 4]] as const;
  const { heads: table, neurons: drive } = await heads.weightDrive(model, chosen, {
    heads: [[0, 2]],
    random: 46,
    seed: 3,
  });
  const everyOther = Array.from({ length: 48 }, (_, neuron) => [1, neuron] as const).filter((
    [, neuron],
  ) => neuron && neuron !== 7);
  const { heads: rest } = await heads.weightDrive(model, everyOther, { heads: [[0, 2]] });
  for (const key of ["gate", "up"]) {
    const scores = tables.numberRows(tables.rowsWhere(drive, { key })).map(({ score }) => score);
    const { value, low, high } = stats.bootstrap(scores, { seed: 3 });
    const [found] = tables.numberRows(tables.rowsWhere(table, { key }));
    assertEquals([found.score, found.low, found.high, found.n], [value, low, high, 3]);
    // All 46 other neurons of layer 1 are drawn, so that chance is their mean.
    const expected = tables.numberRows(tables.rowsWhere(rest, { key }))[0].score;
    assertAlmostEquals(
      tables.numberRows(tables.rowsWhere(drive, { key, neuron_layer: 1 }))[0].chance,
      expected,
      1e-6,
    );
    assert(found.chance_low < found.chance && found.chance < found.chance_high);
  }
  await model.dispose();
});

Deno.test("heads after the neurons' layer are left out; models without MLPs and labels that do not fit are refused", async () => {
  const { model } = await openCase("gpt2_full");
  const { heads: table } = await heads.weightDrive(model, [[0, 1]]);
  assertEquals(table.getColumn("layer").unique().toArray(), [0]);
  const refused = async (holds: boolean[], message: string) => {
    await assertRejects(
      () => heads.activeDrive(model, [text, text], { neurons, holds }),
      CircuitbookError,
      message,
    );
  };
  await refused(
    [true],
    "Expected a label for each of 2 positions, true and false, but found 1: 1 true",
  );
  await refused([true, true], "but found 2: 2 true");
  await model.dispose();
  const { model: attention } = await openCase("attention_only");
  await assertRejects(() => heads.weightDrive(attention, neurons), CircuitbookError);
  await attention.dispose();
});
