import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot } from "circuitbook";
import { select, texts } from "./parse.ts";

/** A table of two cells of opposite sign. */
const table = (effect: number) => [
  { layer: 0, head: 0, position: 0, effect },
  { layer: 0, head: 1, position: 1, effect: -effect },
];
const weak = table(0.5);
const strong = table(-2);

/** The colours of the cells of a figure. */
const colours = ({ svg }: plot.Figure) =>
  select(svg, ".cb-cells rect").map((cell) => cell.getAttribute("fill"));

for (
  const [name, draw] of [["heads", plot.headMap], ["layers", plot.layerGrid]] as const
) {
  Deno.test(`two maps of ${name} share their scale, so that a colour is one value in both`, () => {
    const both = draw({ weak, strong });
    // 0.5 of 2 is not drawn as strongly as 0.5 of 0.5.
    const [alone] = colours(draw(weak));
    const [first, , ...second] = colours(both);
    assertEquals(second, colours(draw(strong)));
    assertEquals(first === alone, false);
    assertEquals(texts(both.svg, "text").filter((text) => /^−?2$/.test(text)), ["−2", "2"]);
    assertEquals(both.label.split(" ").filter((word) => /^(weak|strong):$/.test(word)), [
      "weak:",
      "strong:",
    ]);
  });

  Deno.test(`two maps of ${name} have scales of their own if told so`, () => {
    const both = draw({ weak, strong }, { scales: "own" });
    assertEquals(colours(both), [...colours(draw(weak)), ...colours(draw(strong))]);
    const other = { scales: "other" } as unknown as { scales: "own" };
    assertThrows(() => draw({ weak, strong }, other), CircuitbookError, '"shared" or "own"');
  });
}
