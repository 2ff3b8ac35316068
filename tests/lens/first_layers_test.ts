import { assertEquals } from "@std/assert";
import { lens } from "circuitbook";
import pl from "nodejs-polars";

Deno.test("the first layer is the one from which on it holds without a break, example by example", () => {
  const holds: Record<number, boolean[]> = {
    3: [true, true, true, true],
    4: [true, false, true, true],
    5: [false, false, false, true],
    6: [true, true, true, false],
  };
  const rows = Object.entries(holds).flatMap(([example, list]) =>
    list.map((value, layer) => ({ layer, example: Number(example), value: Number(value) }))
  );
  const mixed = rows.toSorted((a, b) => (a.layer * 7 + a.example * 5) % 4 - (b.layer * 7 + b.example * 5) % 4);
  assertEquals(lens.firstLayers(pl.DataFrame(mixed), ({ value }) => value === 1), [0, 2, 3, 4]);
});
