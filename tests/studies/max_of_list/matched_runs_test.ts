import { CircuitbookError, loadModel, maxOfList, tables } from "circuitbook";
import * as maxOfListStudy from "circuitbook/studies/max_of_list";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";

const lists = maxOfList.lists({ n: 30, seed: 2, uniform: "maximum" });
const runs = await Promise.all(
  [0, 1].map((seed) => loadModel(`max-of-list-seeds/${seed}`, { device: "cpu" })),
);

Deno.test("matched heads are the closest of all 24 ways, judged by another column", async () => {
  const [one, other] = await Promise.all(
    runs.map(async (run) => tables.numberRows(await maxOfListStudy.headRoles(run, lists))),
  );
  const heads = [0, 1, 2, 3];
  const orders = heads.flatMap((a) =>
    heads.flatMap((b) => heads.flatMap((c) => heads.map((d) => [a, b, c, d])))
  ).filter((
    order,
  ) => new Set(order).size === 4);
  const costs = orders.map((order) =>
    order.reduce((sum, match, head) => {
      return sum + (one[head].attention - other[match].attention) ** 2 +
        (one[head].share - other[match].share) ** 2;
    }, 0)
  );
  const best = orders[costs.indexOf(Math.min(...costs))];
  const options = { scores: ["attention", "share"], judgedBy: "alone" };
  const table = (await maxOfListStudy.matchedRuns(runs, lists, options)).toRecords();
  const matched = table.filter(({ match }) => match === "by role");
  assertEquals([matched.length, table.length], [4, 4 + 16]);
  best.forEach((match, head) =>
    assertAlmostEquals(
      Number(matched[head].distance),
      Math.abs(one[head].alone - other[match].alone),
      1e-9,
    )
  );
  const all = table.filter(({ match }) => match === "all").map(({ distance }) => Number(distance));
  all.forEach((distance, i) =>
    assertAlmostEquals(distance, Math.abs(one[Math.floor(i / 4)].alone - other[i % 4].alone), 1e-9)
  );
});

Deno.test("a column that took part in the match does not judge it, and one that is not there is named", async () => {
  const refused = (scores: string[], judgedBy: string, part: string) =>
    assertRejects(
      () => maxOfListStudy.matchedRuns(runs, lists, { scores, judgedBy }),
      CircuitbookError,
      part,
    );
  await refused(["share"], "share", "not among scores");
  await refused(["share"], "shares", '"shares"');
});
