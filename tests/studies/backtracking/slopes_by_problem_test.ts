import { assertAlmostEquals, assertEquals } from "@std/assert";
import { stats } from "circuitbook";
import * as backtracking from "circuitbook/studies/backtracking";

Deno.test("the mean of the problems' slopes is the slope over all, where places are the same", () => {
  const margins: Record<string, number[]> = { a: [1, 4, 9], b: [2, 2, -1], c: [0, 5, 5] };
  const places = [0, 2, 5];
  const rows = Object.entries(margins).flatMap(([problem, own]) =>
    own.map((margin, i) =>
      ({ change: "nothing", right: true, problem, earlier: places[i], margin }) as const
    )
  );
  const table = backtracking.slopesByProblem(rows);
  assertEquals(table.getColumn("text").toArray(), Array(3).fill("right, as it is"));
  const mean = table.getColumn("slope").mean();
  const all = stats.slope(rows.map(({ earlier }) => earlier), rows.map(({ margin }) => margin));
  assertAlmostEquals(Number(mean), all.value, 1e-9);
});
