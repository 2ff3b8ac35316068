import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot, seededRandom } from "circuitbook";
import { Page } from "./page.ts";

const TEXT = ["=", " (", "not"];
/** Two layers by two positions of three, with three tokens each. */
const TOP = [0, 3].flatMap((layer) =>
  [1, 2].flatMap((position) =>
    [" this", "62", "\n"].map((token, i) => ({
      layer,
      position,
      rank: i + 1,
      token: layer === 3 && i === 0 ? " not" : token,
      probability: [0.5 + layer / 10, 0.125, 0.0004][i] / position,
    }))
  )
);
const ASKED = [0, 3].flatMap((layer) =>
  [1, 2].map((position) => ({ layer, position, token: " this", probability: layer / 4 }))
);

function choices(page: Page): string[] {
  return page.texts(".cb-listed button");
}

function shares(page: Page): number[] {
  return page.all("td").map((cell) => Number(cell.style.getPropertyValue("--cb-share")));
}

Deno.test("the lens viewer draws the top token of each cell, layers going up, and starts at the last one", () => {
  const page = new Page(plot.lensViewer(TOP, TEXT));
  assertEquals(page.texts("td"), ["·not", "·not", "·this", "·this"]);
  assertEquals(page.texts("th"), ["layer", "·(", "not", "3", "0"]);
  assertEquals(page.texts(".cb-place"), ["layer 3 after not (position 2)"]);
  assertEquals(
    choices(page),
    ["·not0.400", "620.0625", "↵0.000200"],
    "the probabilities to three digits",
  );
  assertEquals(page.reached("td"), [1], "one cell is reached by Tab");
  assertEquals(page.texts(".cb-fallback"), []);
});

Deno.test("the tokens of a chosen cell are listed first", () => {
  const viewer = plot.lensViewer(TOP, TEXT, { selected: { layer: 3, position: 1 } });
  const page = new Page(viewer);
  assertEquals(page.texts(".cb-place"), ["layer 3 after ·( (position 1)"]);
  assertEquals(choices(page)[0], "·not0.800");
  assertEquals(page.reached("td"), [0]);
  assert(viewer.text.includes("the last layer after ·( says ·not (0.800)"), viewer.text);
  const lower = plot.lensViewer(TOP, TEXT, { selected: { layer: 0, position: 2 } });
  assert(lower.text.includes("; layer 0 after not says ·this (0.25"), lower.text);
  assertEquals(new Page(lower).reached("td"), [3]);
});

Deno.test("the pointer shows a cell's tokens; a click keeps the cell until Escape", () => {
  const page = new Page(plot.lensViewer(TOP, TEXT));
  const [, , third, fourth] = page.all("td");
  page.does(third, "mouseover");
  assertEquals(page.texts(".cb-place"), ["layer 0 after ·( (position 1)"]);
  page.does(third, "click");
  page.does(fourth, "mouseover");
  assertEquals(page.texts(".cb-place"), ["layer 0 after ·( (position 1)"]);
  page.does(third, "keydown", "Escape");
  page.does(fourth, "mouseover");
  assertEquals(page.texts(".cb-place"), ["layer 0 after not (position 2)"]);
});

Deno.test("a click on a token colours the grid by it where it is listed; a second click and Escape go back", () => {
  const page = new Page(plot.lensViewer(TOP, TEXT));
  const before = shares(page);
  const first = page.all(".cb-choice")[0];
  page.does(first, "click");
  assert(page.texts(".cb-bar-line")[0].includes("·not"));
  assert(
    shares(page)[0] > shares(page)[1] && shares(page)[1] > 0,
    "·not is more probable after ·(",
  );
  assertEquals(page.texts("td.cb-unknown"), ["·this", "·this"], "where ·not is not listed");
  page.does(first, "click");
  assertEquals(shares(page), before);
  page.does(page.all("td")[2], "keydown", "Enter");
  assert(page.texts(".cb-bar-line")[0].includes("·this"));
  page.does(first, "keydown", "Escape");
  assertEquals(shares(page), before);
});

Deno.test("a token that was asked for is known in every cell", () => {
  const page = new Page(plot.lensViewer(TOP, TEXT, { asked: ASKED }));
  const asked = page.all(".cb-choice").at(-1)!;
  assertEquals(asked.textContent, "·this0.750");
  page.does(asked, "click");
  assertEquals(page.texts("td.cb-unknown"), []);
  assertEquals(shares(page), [0.8, 0.8, 0, 0], "0.75 in the upper layer, 0 in the lower");
});

Deno.test("arrow keys move from cell to cell", () => {
  const page = new Page(plot.lensViewer(TOP, TEXT));
  page.does(page.all("td")[1], "keydown", "ArrowDown");
  assertEquals(page.texts(".cb-place"), ["layer 0 after not (position 2)"]);
  page.does(page.all("td")[3], "keydown", "Home");
  assertEquals(page.texts(".cb-place"), ["layer 0 after ·( (position 1)"]);
  assertEquals(page.reached("td"), [2]);
  assertEquals(
    page.all("td")[2].getAttribute("aria-label"),
    "layer 0 after ·( (position 1): ·this 0.50",
  );
});

Deno.test("probabilities come through to five digits near 1 and three at one in a thousand", () => {
  const random = seededRandom(3);
  const rows = Array.from({ length: 400 }, (_, position) => {
    const probability = position % 2 ? random() : random() / 500;
    return { layer: 0, position, token: "a", probability };
  });
  const page = new Page(plot.lensViewer(rows, []));
  for (const [i, cell] of page.all("td").entries()) {
    page.does(cell, "mouseover");
    const shown = Number(page.texts(".cb-choice .cb-number")[0].replace("−", "-"));
    assertAlmostEquals(
      shown,
      rows[i].probability,
      0.0006 * Math.max(0.002, Math.sqrt(rows[i].probability)) + shown * 0.005,
    );
  }
});

Deno.test("a lens of 36 layers by 300 positions stays under 300 KB, and says what it leaves out", () => {
  const random = seededRandom(4);
  const top = Array.from({ length: 36 * 300 * 10 }, (_, i) => {
    const rank = i % 10;
    const id = Math.floor(6_000 * random() ** 3);
    return {
      layer: Math.floor(i / 3000),
      position: Math.floor(i / 10) % 300,
      token: ` t${id}`,
      id,
      probability: (0.5 + 0.1 * random()) / 3 ** rank,
    };
  });
  const { html } = plot.lensViewer(top, []);
  assert(new TextEncoder().encode(html).length < 300_000);
  const [, smallest] = html.match(/tokens below a probability of ([\d.]+) are not listed/)!;
  assert(Number(smallest) < 0.21, "the second of each cell is there");
});

Deno.test("the lens viewer refuses a table of asked tokens with holes, and other options", () => {
  assertThrows(
    () => plot.lensViewer(TOP, TEXT, { asked: ASKED.slice(1) }),
    CircuitbookError,
    "in all 4 cells",
  );
  assertThrows(
    () => plot.lensViewer(TOP, TEXT, { ask: ASKED } as plot.LensViewerOptions),
    CircuitbookError,
    '"asked"',
  );
  const selected = { layer: 1, position: 1 };
  assertThrows(
    () => plot.lensViewer(TOP, TEXT, { selected }),
    CircuitbookError,
    "found layer 1, position 1",
  );
  assertThrows(
    () => plot.lensViewer([{ layer: 0 }], TEXT),
    CircuitbookError,
    'a column "position"',
  );
});

Deno.test("a table of logitLens is drawn as it is: an example is a position", () => {
  const asIs = TOP.map(({ position, ...row }) => ({ ...row, example: position }));
  const asked = ASKED.map(({ position, ...row }) => ({ ...row, example: position }));
  assertEquals(
    plot.lensViewer(asIs, TEXT, { asked }).html,
    plot.lensViewer(TOP, TEXT, { asked: ASKED }).html,
  );
  assertEquals(plot.lensGrid(asIs, TEXT).svg, plot.lensGrid(TOP, TEXT).svg);
});

Deno.test("without scripts the lens is a figure of the last positions", () => {
  const still = plot.lensViewer(TOP, TEXT).stills[0]() as plot.Figure;
  assertEquals(still.svg, plot.lensGrid(TOP, TEXT).svg);
});
