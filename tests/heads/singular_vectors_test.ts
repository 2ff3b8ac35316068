// The references are torch.linalg.svd of the whole matrices: tests/data/heads_reference.py.
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, heads } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";

type Sides = [plus: number[], minus: number[]];

interface Singular {
  layer: number;
  head: number;
  values: number[];
  shares: number[];
  reads: Sides[];
  writes: Sides[];
}

const references = JSON.parse(
  await Deno.readTextFile(new URL("../data/heads_reference.json", import.meta.url)),
);

for (
  const name of ["qwen2_grouped", "qwen3_grouped", "llama_single", "gpt2_full", "attention_only"]
) {
  Deno.test(`${name}: singular values of OV, and the tokens on both sides of its first directions`, async () => {
    const { model } = await openCase(name);
    for (
      const { layer, head, values, shares, reads, writes } of references[name]
        .singular as Singular[]
    ) {
      const vectors = await heads.singularVectors(model, [layer, head]);
      assertEquals(vectors.values.length, values.length);
      values.forEach((value, i) =>
        assertAlmostEquals(vectors.values[i], value, 1e-5 * values[0], `value ${i}`)
      );
      const rows = (await heads.singularTokens(model, [layer, head], { directions: 3, k: 4 }))
        .toRecords();
      for (const direction of [0, 1, 2]) {
        const ids = (side: string, sign: string) =>
          rows.filter((row) =>
            row.direction === direction && row.side === side && row.sign === sign
          ).map(({ id }) => id);
        const [plus, minus] = [[ids("reads", "+"), ids("writes", "+")], [
          ids("reads", "−"),
          ids("writes", "−"),
        ]];
        const [first, second] = [0, 1].map((
          sign,
        ) => [reads[direction][sign], writes[direction][sign]]);
        // The sign of a pair of vectors is free; that it is one sign for both is not.
        const flipped = String(plus) !== String(first);
        assertEquals(
          [plus, minus],
          flipped ? [second, first] : [first, second],
          `${layer}.${head} direction ${direction}`,
        );
        assertAlmostEquals(
          Number(rows.find((row) => row.direction === direction)!.share),
          shares[direction],
          1e-5,
        );
      }
    }
    await model.dispose();
  });
}

Deno.test("values, reads and writes make the OV matrix again", async () => {
  const { model } = await openCase("qwen2_grouped");
  const { dModel, headSize } = model.architecture;
  const { values, reads, writes } = await heads.singularVectors(model, [1, 3]);
  const { O, V } = await heads.headWeights(model, 1);
  const gain = await model.weight(model.architecture.weights.layer(1).ln1!.weight);
  const [o, v] = [O.slice({ head: 3 }).data, V.slice({ kv_head: 1 }).data];
  for (let row = 0; row < dModel; row++) {
    for (let column = 0; column < dModel; column++) {
      let expected = 0;
      let actual = 0;
      for (let e = 0; e < headSize; e++) {
        expected += o[e * dModel + row] * v[e * dModel + column] * gain.data[column];
        actual += values[e] * writes.data[e * dModel + row] * reads.data[e * dModel + column];
      }
      assertAlmostEquals(actual, expected, 1e-5);
    }
  }
  await model.dispose();
});

Deno.test("heads that do not exist, and more directions than a head has, are refused", async () => {
  const { model } = await openCase("attention_only");
  await assertRejects(
    () => heads.singularVectors(model, [0, 4]),
    CircuitbookError,
    "Expected a head from 0 to 3",
  );
  await assertRejects(
    () => heads.singularTokens(model, [0, 0], { directions: 9 }),
    CircuitbookError,
    "at most 8 directions",
  );
  assertEquals((await heads.singularTokens(model, [0, 0], { directions: 8, k: 1 })).height, 8 * 4);
  await model.dispose();
});
