import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, lens } from "circuitbook";
import pl from "nodejs-polars";

const holds: Record<number, boolean[]> = {
  3: [true, true, true, true],
  4: [true, false, true, true],
  5: [false, false, false, true],
  6: [false, true, true, false],
  7: [false, false, false, false],
};
const rows = Object.entries(holds).flatMap(([example, list]) =>
  list.map((value, layer) => ({ layer, example: Number(example), value }))
);
const mixed = rows.toSorted((a, b) =>
  (a.layer * 7 + a.example * 5) % 4 - (b.layer * 7 + b.example * 5) % 4
);

Deno.test("the first layer in which something holds is told example by example", () => {
  assertEquals(lens.firstLayers(mixed, "value"), [0, 0, 3, 1, 4]);
  const numbers = pl.DataFrame(mixed.map((row) => ({ ...row, value: Number(row.value) })));
  assertEquals(lens.firstLayers(numbers, "value"), [0, 0, 3, 1, 4]);
});

Deno.test("the first layer may be that from which on it holds in every later one", () => {
  assertEquals(lens.firstLayers(mixed, "value", { lasting: true }), [0, 2, 3, 4, 4]);
});

Deno.test("layers are told by their numbers where only some are in the table", () => {
  const upper = mixed.filter(({ layer }) => layer >= 2).map((row) => ({
    ...row,
    layer: row.layer + 10,
  }));
  assertEquals(lens.firstLayers(upper, "value"), [12, 12, 13, 12, 14]);
  assertEquals(lens.firstLayers(upper, "value", { lasting: true }), [12, 12, 13, 14, 14]);
});

Deno.test("a column that is not there is refused", () => {
  assertThrows(
    () => lens.firstLayers(mixed, "values"),
    CircuitbookError,
    'Expected a column "values"',
  );
});
