import { CircuitbookError, tables } from "circuitbook";
import * as maxOfListStudy from "circuitbook/studies/max_of_list";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { smallModel } from "../../model/models.ts";

const z = "blocks.0.attn.hook_z";
const pattern = "blocks.1.attn.hook_pattern";

Deno.test("cosines by stage are means over all pairs of a group, by head or as a whole", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const groups = [[A, A.toReversed(), A.map((token) => token + 1)], [A, A]];
  const stages = [
    { stage: "z", at: z, position: -1 },
    { stage: "all z", at: z, byHead: false },
    { stage: "pattern", at: pattern, position: 3 },
  ];
  const table = await maxOfListStudy.cosinesByStage(model, groups, { stages });
  const cache = await model.run(groups[0], { tap: [z, pattern] });
  const mean = (vectors: Float32Array[]) => {
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, i) => sum + value * b[i], 0);
    const cos = (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    return (cos(vectors[0], vectors[1]) + cos(vectors[0], vectors[2]) +
      cos(vectors[1], vectors[2])) / 3;
  };
  const of = (at: string, place: Record<string, number>) =>
    [0, 1, 2].map((batch) => cache.get(at).slice({ batch, ...place }).data as Float32Array);
  for (
    const [stage, at, place] of [["z", z, { position: -1 }], ["pattern", pattern, {
      query: 3,
    }]] as const
  ) {
    for (
      const { head, cosine } of tables.numberRows(tables.rowsWhere(table, { stage, group: 0 }))
    ) {
      assertAlmostEquals(cosine, mean(of(at, { ...place, head })), 1e-5);
    }
  }
  assertAlmostEquals(
    tables.numberRows(tables.rowsWhere(table, { stage: "all z", group: 0 }))[0].cosine,
    mean(of(z, {})),
    1e-5,
  );
  for (const { cosine } of tables.numberRows(tables.rowsWhere(table, { group: 1 }))) {
    assertAlmostEquals(cosine, 1, 1e-5);
  }
  assertEquals(tables.rowsWhere(table, { stage: "all z" }).getColumn("head").toArray(), [
    null,
    null,
  ]);
});

Deno.test("groups of one text, and texts of other lengths, are refused", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const options = { stages: [{ stage: "z", at: z }] };
  await assertRejects(
    () => maxOfListStudy.cosinesByStage(model, [[A]], options),
    CircuitbookError,
    "at least two",
  );
  await assertRejects(
    () => maxOfListStudy.cosinesByStage(model, [[A, A.slice(1)]], options),
    CircuitbookError,
    "one length",
  );
});
