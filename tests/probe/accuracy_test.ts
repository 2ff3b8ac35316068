import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, probing, Tensor, vectors } from "circuitbook";
import pl from "nodejs-polars";

const labels = Array.from({ length: 120 }, (_, i) => i % 3 ? "not" : "this");
const noise = vectors.randomDirections({ n: 120, size: 6, seed: 1 });
const told = new Tensor(
  noise.data.map((x, i) => i % 6 === 0 ? Number(labels[i / 6] === "this") : x),
  noise.sizes,
);
const probes = await probing.probe({ 2: noise, 5: told, 7: told }, labels, {
  groups: labels.map((_, i) => i >> 1),
});

Deno.test("accuracies are the table's, and the first of the best layers is best", () => {
  const rows = probing.layerAccuracies(probes.layers);
  assertEquals(rows.map(({ layer }) => layer), [2, 5, 7]);
  assertEquals(rows.map(({ value }) => value), probes.layers.getColumn("accuracy").toArray());
  assertEquals([
    probing.bestLayer(probes.layers).layer,
    probing.bestLayer(probes.layers).value,
    rows[0].n,
  ], [
    5,
    1,
    30,
  ]);
});

Deno.test("of no layer none is best", () => {
  assertThrows(() => probing.bestLayer(pl.DataFrame([])), CircuitbookError, "an empty table");
});
