import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot } from "circuitbook";
import { select, texts } from "./parse.ts";

const rows = Array.from(
  { length: 400 },
  (_, i) => ({ step: i + 1, loss: i % 2 ? 2 : 4, ...i % 100 === 99 ? { validation: 3 } : {} }),
);

/** The numbers of points on each line of a figure. */
function pointsOfLines(svg: string): number[] {
  return select(svg, "[aria-label=line] path").map((path) =>
    path.getAttribute("d")!.split(/[ML]/).length - 1
  );
}

Deno.test("many steps are drawn as means of neighbours over the steps themselves, and what is measured seldom has dots", () => {
  const { svg, label } = plot.lossCurve(rows);
  assertEquals(pointsOfLines(svg), [400, 134, 4]);
  assertEquals(texts(svg, "[aria-label=dot] title"), [
    "validation, 100: 3",
    "validation, 200: 3",
    "validation, 300: 3",
    "validation, 400: 3",
  ]);
  for (const name of ["loss", "validation"]) assert(texts(svg, "text").includes(name));
  assert(label.includes("loss 4 at step 1, loss 2 at step 400; validation 3 at step 100"), label);
});

Deno.test("few steps are drawn as they are, up to the last step that there will be", () => {
  const { svg } = plot.lossCurve(rows.slice(0, 20), { end: 1000 });
  assertEquals(pointsOfLines(svg), [20]);
  assert(texts(svg, "text").includes("1,000"));
});

Deno.test("a panel needs one of its columns", () => {
  assertEquals(
    pointsOfLines(
      plot.lossCurve([{ step: 1, reward: 1 }], {
        panels: [{ columns: ["reward", "x"], name: "y" }],
      }).svg,
    ),
    [1],
  );
  assertThrows(
    () => plot.lossCurve([{ step: 1, los: 1 }]),
    CircuitbookError,
    'Expected a column "loss" but found step, los',
  );
  assertThrows(() => plot.lossCurve([{ loss: 1 }]), CircuitbookError, 'Expected a column "step"');
});
