import { checkpoints, CircuitbookError, compare } from "circuitbook";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";

const table = pl.DataFrame({
  layer: [0, 0, 0, 1, 1, 1],
  component: ["Q", "K", "Q", "Q", "K", "K"],
  cosine: [0.2, 0.9, 0.6, -0.4, null, 0.5],
});

Deno.test("a distribution is taken by group, without the empty cells", () => {
  const rows = compare.distribution(table, { by: ["layer", "component"] }).toRecords();
  assertEquals(rows.map(({ layer, component, n }) => [layer, component, n]), [
    [0, "Q", 2],
    [0, "K", 1],
    [1, "Q", 1],
    [1, "K", 1],
  ]);
  assertAlmostEquals(rows[0].mean as number, 0.4);
  assertEquals([rows[0].min, rows[0].max, rows[3].median], [0.2, 0.6, 0.5]);
});

Deno.test("quantiles are of numbers, not of their spelling, and sizes drop the sign", () => {
  const values = Array.from({ length: 101 }, (_, i) => (i % 2 ? -1 : 1) * i);
  const [row] = compare.distribution(
    pl.DataFrame({ one: values.map(() => "all"), change: values }),
    {
      by: ["one"],
      measure: "change",
      absolute: true,
    },
  ).toRecords();
  assertEquals([row.n, row.mean, row.min, row.median, row.max], [101, 50, 0, 50, 100]);
  assertAlmostEquals(row.low as number, 5, 0.5);
  assertAlmostEquals(row.high as number, 95, 0.5);
});

Deno.test("values by class leave out the empty cells", () => {
  assertEquals(compare.valuesBy(table, "component", "cosine"), {
    Q: [0.2, 0.6, -0.4],
    K: [0.9, 0.5],
  });
});

Deno.test("a map has a cell for each layer and component of the layers, over several tables", async () => {
  const [base, tuned] = await Promise.all(
    ["countdown-base", "countdown-r1"].map((name) =>
      checkpoints.openCheckpoint(`data/models/${name}`)
    ),
  );
  const { matrices, valueVectors } = await compare.weights(base, tuned);
  const map = compare.byLayer([matrices, valueVectors], "normChange").toRecords();
  assertEquals(map.length, 8 * 13);
  const own = valueVectors.toRecords().filter(({ layer }) => layer === 3).map(({ normChange }) =>
    Math.abs(Number(normChange))
  );
  const [below, above] = own.sort((a, b) => a - b).slice(255, 257);
  const cell = map.find(({ layer, component }) => layer === 3 && component === "value")!;
  assertAlmostEquals(cell.normChange as number, (below + above) / 2, 1e-12);
  assertEquals(cell.n, 512);
});

Deno.test("a column that is not there is refused with the nearest", () => {
  assertThrows(
    () => compare.distribution(table, { measure: "cosin" }),
    CircuitbookError,
    "nearest: cosine",
  );
  assertThrows(() => compare.valuesBy(table, "componet", "cosine"), CircuitbookError, "component");
});
