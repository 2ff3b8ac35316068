import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { attribution, CircuitbookError, tables } from "circuitbook";
import pl from "nodejs-polars";
import reference from "../data/edges_reference.json" with { type: "json" };
import { smallModel } from "../model/models.ts";

const metric = { logitDifference: [7, 11] } as const;
const { rows, edges, scores, clean, corrupted, circuits } = reference.gpt2_full;
const pairs = { clean: [rows.clean], corrupted: [rows.corrupted] };

/** A table of edges with scores by name; others have none. */
function tableOf(scored: Record<string, number>): pl.DataFrame {
  const names = Object.keys(scored).map((name) => name.split(" > "));
  return pl.DataFrame({
    from: names.map(([from]) => from),
    to: names.map(([, to]) => to),
    score: Object.values(scored),
  });
}

const namesOf = (table: pl.DataFrame) => table.toRecords().map(({ from, to }) => `${from} > ${to}`);

Deno.test("the table of edges has the reference's scores, their mean over pairs and its standard error", async () => {
  await using small = await smallModel("gpt2_full");
  const other = { clean: [rows.clean, rows.corrupted], corrupted: [rows.corrupted, rows.clean] };
  const one = await attribution.edges(small.model, pairs, { metric });
  const both = tables.numberRows(await attribution.edges(small.model, other, { metric }));
  const second = tables.numberRows(
    await attribution.edges(small.model, { clean: other.corrupted, corrupted: other.clean }, {
      metric,
    }),
  );
  namesOf(one).forEach((name, i) => {
    const wanted = scores[edges.indexOf(name)];
    assertAlmostEquals(Number(one.toRecords()[i].score), wanted, 1e-4);
    assertAlmostEquals(both[i].score, second[i].score, 1e-4);
    // Half the distance of two values is the standard error of their mean.
    assertAlmostEquals(both[i].error, Math.abs(both[i].score - wanted), 1e-3);
  });
  assertEquals(one.height, edges.length);
});

Deno.test("a circuit grows from the logits by the largest scores and keeps no edge that leads nowhere", async () => {
  await using small = await smallModel("gpt2_full");
  const scored = {
    // Two ways: a strong one through L1H2's values, and a weak one that skips it.
    "L1H2 > logits": -5,
    "L0.mlp > L1H2.v": 4,
    "embed > L0.mlp": 1,
    "embed > logits": 0.5,
    // Nothing comes into L0H3 from the embedding, and nothing goes on from L1H0.
    "L0H3 > L1H2.q": 3,
    "embed > L1H0.k": 9,
  };
  const table = tableOf(scored);
  assertEquals(namesOf(attribution.circuit(small.model, table, { edges: 3 })), [
    "embed > L0.mlp",
    "L0.mlp > L1H2.v",
    "L1H2 > logits",
  ]);
  const none = attribution.circuit(small.model, table, { edges: 2 });
  assertEquals([none.height, none.columns], [0, ["from", "to", "score"]]);
  assertEquals(namesOf(attribution.circuit(small.model, table, { edges: 9 })).toSorted(), [
    "L0.mlp > L1H2.v",
    "L1H2 > logits",
    "embed > L0.mlp",
    "embed > logits",
  ]);
});

Deno.test("keys and values of a group are read by all its heads", async () => {
  await using small = await smallModel("qwen2_grouped");
  const table = tableOf({ "L1H3 > logits": 1, "embed > L1H1.k": 1 });
  assertEquals(attribution.circuit(small.model, table, { edges: 5 }).height, 2);
  const otherGroup = tableOf({ "L1H3 > logits": 1, "embed > L1H0.k": 1 });
  assertEquals(attribution.circuit(small.model, otherGroup, { edges: 5 }).height, 0);
});

Deno.test("faithfulness is the reference's for its circuits, 1 with all edges, and random circuits are no larger", async () => {
  await using small = await smallModel("gpt2_full");
  const { model } = small;
  const all = await attribution.edges(model, pairs, { metric });
  const table = await attribution.faithfulness(model, pairs, { all }, {
    metric,
    sizes: [10, edges.length],
    random: 3,
  });
  const found = tables.numberRows(table);
  const [ten] = found;
  const whole = found[4];
  assertEquals(found.length, 2 * (1 + 3));
  assertAlmostEquals(whole.restored, 1, 1e-4);
  assertAlmostEquals(whole.clean, clean, 1e-4);
  assertAlmostEquals(whole.corrupted, corrupted, 1e-4);
  assert(
    ten.edges > 0 && ten.edges <= 10 && found.slice(1, 4).every((line) => line.edges <= ten.edges),
  );
  for (const circuit of circuits) {
    // All of a circuit's edges, at one score: what leads nowhere carries nothing.
    const own = tableOf(Object.fromEntries(circuit.edges.map((edge) => [edges[edge], 1])));
    const kept = attribution.circuit(model, own, { edges: edges.length });
    const same = await attribution.faithfulness(model, pairs, { own }, {
      metric,
      sizes: [kept.height],
      random: 0,
    });
    assertAlmostEquals(Number(same.toRecords()[0].value), circuit.value, 1e-4);
  }
});

Deno.test("faithfulness of a part of a table is that of the circuit which it has", async () => {
  await using small = await smallModel("gpt2_full");
  const { model } = small;
  const all = await attribution.edges(model, pairs, { metric });
  const part = pl.DataFrame(
    all.toRecords().filter(({ from, to }) => to !== "logits" || from === "L1H0"),
  );
  const size = 60;
  const { height } = attribution.circuit(model, part, { edges: size });
  assert(height > 0 && height < size);
  const table = await attribution.faithfulness(model, pairs, { part }, {
    metric,
    sizes: [size],
    random: 0,
  });
  assertEquals(tables.numberRows(table).map(({ edges }) => edges), [height]);
});

Deno.test("circuits refuse tables of other things", async () => {
  await using small = await smallModel("gpt2_full");
  const { model } = small;
  assertThrows(
    () => attribution.circuit(model, pl.DataFrame({ head: [1] }), { edges: 3 }),
    CircuitbookError,
    "head",
  );
  const wrong = tableOf({ "L1H0 > L0H0.q": 1 });
  assertThrows(
    () => attribution.circuit(model, wrong, { edges: 3 }),
    CircuitbookError,
    "L1H0 to L0H0.q",
  );
  await assertRejects(
    () => attribution.faithfulness(model, pairs, { wrong }, { metric, sizes: [3] }),
    CircuitbookError,
    "edges of the model",
  );
  const empty = tableOf({ "embed > logits": NaN });
  assertThrows(
    () => attribution.circuit(model, empty, { edges: 3 }),
    CircuitbookError,
    "from embed to logits",
  );
  const good = tableOf({ "embed > logits": 1 });
  const refused = (
    tables: Record<string, pl.DataFrame>,
    options: { sizes: number[] },
    message: string,
  ) =>
    assertRejects(
      () => attribution.faithfulness(model, pairs, tables, { metric, ...options }),
      CircuitbookError,
      message,
    );
  await refused({ random: good }, { sizes: [3] }, "the controls have this name");
  await refused({ good }, { sizes: [0] }, "at least 1");
  await refused({ good }, { sizes: [] }, "at least one");
  await refused({}, { sizes: [3] }, "at least one table");
});
