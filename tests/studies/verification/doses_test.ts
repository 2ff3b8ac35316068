import { assertAlmostEquals, assertEquals } from "@std/assert";
import { tables } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";

// Even attempts are called right at scale 10, odd ones at scale 20: the dose of the even ones is
// reported on the odd ones.
const rows = Array.from(
  { length: 40 },
  (_, row) =>
    ["W", "random"].flatMap((series) =>
      [0, 10, 20].map((scale) => ({
        series,
        scale,
        row,
        token: "",
        said: series === "W" && scale === (row % 2 ? 20 : 10) ? "right" : "wrong",
      }))
    ),
).flat();

Deno.test("a dose is chosen on every other attempt and reported on the others", () => {
  const doses = verificationStudy.dosesOf(tables.tableOf(rows), 10);
  assertEquals(doses.best("W"), 10);
  const { own, control, n } = doses.against("W", "random", { scale: doses.best("W") });
  assertEquals([own, control, n], [0, 0, 20]);
  assertEquals(doses.against("W", "random", { scale: 20 }).own, 1);
  const curve = tables.rowsOf(doses.curve("W"));
  assertEquals(curve.map(({ dose }) => dose), [0, 1, 2]);
  assertAlmostEquals(curve[1].mean, 0.5);
});

Deno.test("verdicts that are taken back do not count as right, and break ties between doses", () => {
  const said = (scale: number, row: number) => {
    if (scale === 20) return row === 1 ? "right" : "taken back";
    return scale === 30 && row < 4 ? "taken back" : "wrong";
  };
  const taken = Array.from(
    { length: 12 },
    (_, row) =>
      [0, 10, 20, 30].map((scale) => ({ series: "W", scale, row, said: said(scale, row) })),
  ).flat();
  const doses = verificationStudy.dosesOf(tables.tableOf(taken), 10);
  assertEquals(doses.best("W"), 20);
  const meansOf = (of: "right" | "begins") =>
    tables.rowsOf(doses.curve("W", of)).map(({ mean }) => mean);
  assertEquals(meansOf("right"), [0, 0, 1 / 12, 0]);
  assertEquals(meansOf("begins"), [0, 0, 1, 4 / 12]);
  const kept = doses.kept("W", 20);
  assertAlmostEquals(kept!.value, 1 / 6);
  assertEquals([kept!.n, doses.kept("W", 30)], [6, undefined]);
  assertEquals(doses.least("W"), 20);
  const never = taken.filter(({ scale }) => scale !== 20);
  assertEquals(verificationStudy.dosesOf(tables.tableOf(never), 10).least("W"), undefined);
});
