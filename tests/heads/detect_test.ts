import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, heads, type Model, tables } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

// TransformerLens's head detector on the same texts: tests/data/heads_reference.py.
interface Detected {
  kind: string;
  tokens: number[];
  queries: number;
  all: number;
  scores: number[][];
}

const references = JSON.parse(
  await Deno.readTextFile(new URL("../data/heads_reference.json", import.meta.url)),
);

for (
  const name of ["qwen2_grouped", "qwen3_grouped", "llama_single", "gpt2_full", "attention_only"]
) {
  Deno.test(`${name}: heads are detected as by TransformerLens, which divides by all queries`, async () => {
    const { model } = await openCase(name);
    for (const { kind, tokens, queries, all, scores } of references[name].detected as Detected[]) {
      const table = tables.rowsWhere(await heads.detect(model, { input: tokens }), { kind });
      for (const { layer, head, score, n } of tables.numberRows(table)) {
        assertAlmostEquals(
          score * queries / all,
          scores[layer][head],
          1e-5,
          `${kind} ${layer}.${head}`,
        );
        assertEquals(n, 1);
      }
    }
    await model.dispose();
  });
}

Deno.test("texts of unequal length are averaged over those with a place to look at", async () => {
  const { model } = await openCase("qwen2_grouped");
  const [long, short, without] = [[5, 9, 3, 7, 5, 9, 3, 7, 5, 2], [11, 4, 11, 8, 4, 11], [1, 2, 3]];
  const scores = async (input: number[][]) =>
    tables.numberRows(
      tables.rowsWhere(await heads.detect(model, { input }), { kind: "induction" }),
    );
  const [all, one, two] = [
    await scores([long, short, without]),
    await scores([long]),
    await scores([short]),
  ];
  all.forEach(({ score, chance, n }, i) => {
    assertEquals(n, 2);
    assertAlmostEquals(score, (one[i].score + two[i].score) / 2, 1e-5);
    assertAlmostEquals(chance, (one[i].chance + two[i].chance) / 2, 1e-6);
  });
  // In `short`, from queries 2, 4 and 5: one, one and two places of 3, 5 and 6 (what followed the
  // copies of 11, 4 and 11).
  assertAlmostEquals(two[0].chance, (1 / 3 + 1 / 5 + 2 / 6) / 3, 1e-6);
  await assertRejects(
    () => heads.detect(model, { input: without }),
    CircuitbookError,
    "but found none",
  );
  await model.dispose();
});

Deno.test("random sequences come from their seed, are written twice and fit the model", async () => {
  const { model } = await openCase("qwen2_grouped");
  const table = async (model: Model, seed: number) =>
    (await heads.detect(model, { length: 16, sequences: 2, seed })).toRecords();
  assertEquals(await table(model, 1), await table(model, 1));
  const previous = tables.numberRows(
    tables.rowsWhere(await heads.detect(model, { length: 16, sequences: 2 }), {
      kind: "previous token",
    }),
  );
  assertAlmostEquals(
    previous[0].chance,
    Array.from({ length: 31 }, (_, i) => 1 / (i + 2) / 31).reduce((a, b) => a + b),
    1e-6,
  );
  await assertRejects(
    () => heads.detect(model, { length: 33 }),
    CircuitbookError,
    "Expected a length of at most 32",
  );
  await model.dispose();
});
