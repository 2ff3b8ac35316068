// The references are whole d_model × d_model products in PyTorch: tests/data/heads_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, heads, tables } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

type Composed = [
  kind: string,
  fromLayer: number,
  fromHead: number,
  toLayer: number,
  toHead: number,
  score: number,
];
const references = JSON.parse(
  await Deno.readTextFile(new URL("../data/heads_reference.json", import.meta.url)),
);

for (
  const name of ["qwen2_grouped", "qwen3_grouped", "llama_single", "gpt2_full", "attention_only"]
) {
  Deno.test(`${name}: Q-, K- and V-composition are those of the whole matrices`, async () => {
    const { model } = await openCase(name);
    const expected = new Map(
      (references[name].composition as Composed[]).map((
        [...pair],
      ) => [pair.slice(0, 5).join(), pair[5]]),
    );
    const rows = (await heads.composition(model)).toRecords();
    assertEquals(rows.length, expected.size);
    for (const { kind, from_layer, from_head, to_layer, to_head, score, chance, above } of rows) {
      const pair = [kind, from_layer, from_head, to_layer, to_head].join();
      assertAlmostEquals(Number(score), expected.get(pair)!, 1e-5, pair);
      assertAlmostEquals(Number(above), Number(score) - Number(chance), 1e-7);
    }
    await model.dispose();
  });
}

Deno.test("chosen pairs alone are scored, with the scores that they have among all", async () => {
  const { model } = await openCase("qwen2_grouped");
  const [first, second] =
    (await heads.composition(model, { from: [[0, 2]], to: [[1, 3], [-1, 1]], kinds: ["K"] }))
      .toRecords();
  const all = (await heads.composition(model)).toRecords();
  const found = (head: number) =>
    all.find((row) => row.kind === "K" && row.from_head === 2 && row.to_head === head)!
      .score as number;
  assertAlmostEquals(Number(first.score), found(3), 1e-6);
  assertAlmostEquals(Number(second.score), found(1), 1e-6);
  await assertRejects(
    () => heads.composition(model, { from: [[0, 4]] }),
    CircuitbookError,
    "Expected a head from 0 to 3",
  );
  await model.dispose();
});

Deno.test("chance is the score of random matrices, whose mean square is one over d_model", async () => {
  const { model } = await openCase("gpt2_full");
  const [a, b] = [
    await heads.composition(model, { seed: 1 }),
    await heads.composition(model, { seed: 2 }),
  ];
  const [one, two] = [tables.numberRows(a)[0].chance, tables.numberRows(b)[0].chance];
  assert(one !== two);
  for (const chance of [one, two]) assertAlmostEquals(chance, 1 / Math.sqrt(32), 0.02);
  await model.dispose();
});
