// The patterns of row A are TransformerLens's: tests/data/make_references.py.
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, heads, stats, tables } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

/** Every way to choose k of some numbers. */
function subsets(numbers: readonly number[], k: number): number[][] {
  if (!k) return [[]];
  return numbers.flatMap((first, i) =>
    subsets(numbers.slice(i + 1), k - 1).map((rest) => [first, ...rest])
  );
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

Deno.test("attention to keys is summed over keys and averaged over queries; chance is the mean over all random draws", async () => {
  const { model, reference: { rows: { A } }, tensors } = await openCase("qwen2_grouped");
  const queries = [[7, -1], [9]];
  const keys = [[2, 5, 10], [4]];
  const table = await heads.attentionTo(model, [A, A], {
    queries,
    keys,
    layers: [1],
    heads: [3, 1],
    seed: 5,
  });
  assertEquals(tables.numberRows(table).map(({ layer, head }) => [layer, head]), [[1, 3], [1, 1]]);
  for (const { head, attention, low, high, chance, n } of tables.numberRows(table)) {
    const from = (query: number, key: number) =>
      tensors.get("blocks.1.attn.hook_pattern")![(head * 12 + query) * 12 + key];
    const looked = [
      mean([from(7, 2) + from(7, 5), from(11, 2) + from(11, 5) + from(11, 10)]),
      from(9, 4),
    ];
    const expected = stats.bootstrap(looked, { seed: 5 });
    assertEquals(n, 2);
    assertAlmostEquals(attention, expected.value, 1e-5);
    assertAlmostEquals(low, expected.low, 1e-5);
    assertAlmostEquals(high, expected.high, 1e-5);
    const drawn = (query: number, others: number[], k: number) =>
      mean(subsets(others, k).map((set) => sum(set.map((key) => from(query, key)))));
    const byChance = [
      mean([drawn(7, [0, 1, 3, 4, 6], 2), drawn(11, [0, 1, 3, 4, 6, 7, 8, 9], 3)]),
      drawn(9, [0, 1, 2, 3, 5, 6, 7, 8], 1),
    ];
    assertAlmostEquals(chance, mean(byChance), 1e-5);
  }
  await model.dispose();
});

Deno.test("rows of unequal length are measured as if alone, all heads by default", async () => {
  const { model, reference: { rows: { A, B } } } = await openCase("gpt2_full");
  const alone = async (row: number[], queries: number[], keys: number[]) =>
    tables.numberRows(await heads.attentionTo(model, row, { queries: [queries], keys: [keys] }));
  const [first, second] = [await alone(A, [-1], [3, 4]), await alone(B, [4, -1], [1])];
  const both = await heads.attentionTo(model, [A, B], {
    queries: [[-1], [4, -1]],
    keys: [[3, 4], [1]],
  });
  assertEquals(both.height, 8);
  tables.numberRows(both).forEach(({ attention, chance }, i) => {
    assertAlmostEquals(attention, (first[i].attention + second[i].attention) / 2, 1e-5);
    assertAlmostEquals(chance, (first[i].chance + second[i].chance) / 2, 1e-5);
  });
  await model.dispose();
});

Deno.test("chance is what all other earlier positions get where they are fewer than the keys", async () => {
  const { model, reference: { rows: { A } }, tensors } = await openCase("qwen2_grouped");
  const options = { queries: [[3]], keys: [[0, 2, 3]], layers: [0] };
  for (
    const { head, attention, chance } of tables.numberRows(
      await heads.attentionTo(model, [A], options),
    )
  ) {
    assertAlmostEquals(
      chance,
      tensors.get("blocks.0.attn.hook_pattern")![(head * 12 + 3) * 12 + 1],
      1e-5,
    );
    assertAlmostEquals(attention + chance, 1, 1e-5);
  }
  await model.dispose();
});

Deno.test("rows without queries or keys, and queries before every key, are refused", async () => {
  const { model, reference: { rows: { A } } } = await openCase("attention_only");
  const refused = async (queries: number[][], keys: number[][], message: string) => {
    await assertRejects(
      () => heads.attentionTo(model, [A, A], { queries, keys }),
      CircuitbookError,
      message,
    );
  };
  await refused(
    [[3], []],
    [[1], [1]],
    "Expected a query and a key in each row but found 0 and 1 in row 1",
  );
  await refused([[3], [2]], [[1], [4]], "Expected a key at or before the query 2 of row 1");
  await refused([[3]], [[1], [4]], "Expected a list of queries for each of 2 rows but found 1");
  await refused([[3], [12]], [[1], [4]], "position of row 1");
  await model.dispose();
});
