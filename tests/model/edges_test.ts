// The references come from PyTorch's autograd over explicit edges: tests/data/edges_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, patching } from "circuitbook";
import { edgesOf } from "../../lib/model/edges/nodes.ts";
import reference from "../data/edges_reference.json" with { type: "json" };
import { referenceCases } from "./reference_cases.ts";
import { smallModel } from "./models.ts";

const metric = { logitDifference: [7, 11] } as const;

for (const [name, expected] of Object.entries(reference)) {
  const { rows, edges, scores, integrated, steps, circuits } = expected;
  const pairs = { clean: [rows.clean], corrupted: [rows.corrupted] };

  Deno.test(`${name}: scores of edges, plain and integrated, are those of PyTorch's autograd`, async () => {
    await using small = await smallModel(name);
    const names = edgesOf(small.model.architecture).map(({ from, to }) =>
      `${from.name} > ${to.name}`
    );
    assertEquals(names.toSorted(), edges.toSorted());
    for (const [wanted, count] of [[scores, 1], [integrated, steps]] as const) {
      const { data } = await small.model.edgeScores(pairs, metric, { steps: count });
      const tolerance = 1e-4 * Math.max(...wanted.map(Math.abs));
      names.forEach((name, i) =>
        assertAlmostEquals(data[i], wanted[edges.indexOf(name)], tolerance, name)
      );
    }
  });

  Deno.test(`${name}: random circuits give PyTorch's metric`, async () => {
    await using small = await smallModel(name);
    const names = edgesOf(small.model.architecture).map(({ from, to }) =>
      `${from.name} > ${to.name}`
    );
    const masks = circuits.map((circuit) => {
      const kept = new Set(circuit.edges.map((edge) => edges[edge]));
      return Float32Array.from(names, (name) => kept.has(name) ? 1 : 0);
    });
    const values = await small.model.runEdges(pairs, masks, metric);
    circuits.forEach(({ value }, i) => assertAlmostEquals(values[i][0], value, 1e-4));
  });
}

for (const name of referenceCases) {
  Deno.test(`${name}: all edges are the clean run, none the corrupted, one path is direct path patching`, async () => {
    await using small = await smallModel(name);
    const { model, A, B } = small;
    const edges = edgesOf(model.architecture);
    const changed = (row: number[]) => row.map((token, i) => i < 2 ? token : (7 * token + 3) % 96);
    const pairs = { clean: [A, B], corrupted: [changed(A), changed(B)] };
    const direct = edges.map(({ from, to }) =>
      from.name === "L0H1"
        ? to.name === "logits"
        : from.name === "embed" && to.layer === 0 && to.kind !== "mlp"
    );
    const masks = [() => 1, () => 0, (i: number) => Number(direct[i])].map((kept) =>
      Float32Array.from(edges, (_, i) => kept(i))
    );
    const found = await model.runEdges(pairs, masks, metric);
    const options = {
      metric: (logits: Float32Array) => logits[7] - logits[11],
      from: [[0, 1]] as const,
      to: ["logits"] as const,
    };
    const table = await patching.paths(model, pairs, options);
    for (const [row, line] of table.toRecords().entries()) {
      [line.clean, line.corrupted, line.value].forEach((wanted, i) =>
        assertAlmostEquals(found[i][row], Number(wanted), 1e-4)
      );
      assert(Math.abs(Number(line.value) - Number(line.corrupted)) > 1e-3);
    }
  });
}

Deno.test("pairs of unequal length are scored as each alone, by tokens of their own and by log-probabilities", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const { clean, corrupted } = reference.qwen2_grouped.rows;
  const rows = [0, 5].map((from) => ({
    clean: clean.slice(from),
    corrupted: corrupted.slice(from),
  }));
  const pairs = {
    clean: rows.map(({ clean }) => clean),
    corrupted: rows.map(({ corrupted }) => corrupted),
  };
  const together = await model.edgeScores(pairs, { logProbability: [3, 40] }, { steps: 2 });
  for (const [pair, token] of [3, 40].entries()) {
    const one = { clean: [pairs.clean[pair]], corrupted: [pairs.corrupted[pair]] };
    const alone = await model.edgeScores(one, { logProbability: token }, { steps: 2 });
    together.slice({ pair }).data.forEach((value, i) =>
      assertAlmostEquals(value, alone.data[i], 1e-4)
    );
  }
});

Deno.test("edges refuse masks of another size and metrics of other positions", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const pairs = { clean: [A], corrupted: [A] };
  const refused = (attempt: () => Promise<unknown>, message: string) =>
    assertRejects(attempt, CircuitbookError, message);
  await refused(
    () => model.runEdges(pairs, [new Float32Array(3)], metric),
    "a mask of 82 edges but found one of 3",
  );
  await refused(
    () => model.edgeScores(pairs, { ...metric, position: 2 }, { steps: 1 }),
    "last position",
  );
  const short = { clean: [A], corrupted: [A.slice(1)] };
  await refused(() => model.edgeScores(short, metric, { steps: 1 }), `to have ${A.length} tokens`);
  await refused(() => model.runEdges(short, [], metric), `to have ${A.length} tokens`);
  await refused(() => model.edgeScores(pairs, metric, { steps: 0 }), "at least 1");
  await refused(
    () => model.edgeScores(pairs, { loss: "next token" }, { steps: 1 }),
    "last position",
  );
});
