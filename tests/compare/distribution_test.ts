import { checkpoints, CircuitbookError, compare } from "circuitbook";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";

const table = pl.DataFrame({
  layer: [0, 0, 0, 1, 1, 1],
  component: ["Q", "K", "Q", "Q", "K", "K"],
  cosine: [0.2, 0.9, 0.6, -0.4, null, 0.5],
});

Deno.test("the median magnitude of each layer and component leaves out empty cells", () => {
  assertEquals(compare.byLayer([table], "cosine").toRecords(), [
    { layer: 0, component: "Q", cosine: 0.4, n: 2 },
    { layer: 0, component: "K", cosine: 0.9, n: 1 },
    { layer: 1, component: "Q", cosine: 0.4, n: 1 },
    { layer: 1, component: "K", cosine: 0.5, n: 1 },
  ]);
});

Deno.test("the numbers of a column leave out empty cells", () => {
  assertEquals(compare.valuesOf(table, "cosine"), [0.2, 0.9, 0.6, -0.4, 0.5]);
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
    () => compare.byLayer([table], "cosin"),
    CircuitbookError,
    "nearest: cosine",
  );
  assertThrows(() => compare.valuesOf(table, "layr"), CircuitbookError, "layer");
});
