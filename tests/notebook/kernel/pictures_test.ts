import { assert, assertEquals } from "@std/assert";
import { notebook, plot, Tensor } from "circuitbook";
import { withoutStills, withStills } from "../../../lib/notebook/kernel/pictures.ts";
import { select } from "../../plot/parse.ts";

const figure = (effect: number) => plot.headMap([{ layer: 0, head: 0, effect }]);
const viewer = (share: number) =>
  plot.attentionViewer(
    new Tensor(new Float32Array([1, 0, 1 - share, share]), {
      layer: 1,
      head: 1,
      query: 2,
      key: 2,
    }),
    ["9", " ("],
  );

/** Returns what a notebook stores of a value. */
async function stored(value: unknown, most?: number): Promise<{ html: string; png: unknown }> {
  const shown = withStills(value, most) as Record<symbol, () => Promise<plot.MediaBundle>>;
  const bundle = await shown[plot.jupyterDisplay]();
  return { html: String(bundle["text/html"]), png: bundle["image/png"] };
}

/** Returns the PNG files of an output, from top to bottom. */
const pictures = (html: string) =>
  select(html, "img").map((image) => image.getAttribute("src")!.split(",")[1]);

Deno.test("stacked and listed viewers have a PNG each, in the order of the page, beside those of figures", async () => {
  const alone = [];
  for (const one of [viewer(0.25), figure(1), viewer(0.75)]) alone.push((await stored(one)).png);
  assertEquals(new Set(alone).size, 3);
  const parts = [viewer(0.25), figure(1), viewer(0.75)];
  for (
    const whole of [plot.stacked(parts), notebook.foldedView(parts), notebook.foldedView({ parts })]
  ) {
    const { html, png } = await stored(whole);
    assertEquals(pictures(html), alone);
    assertEquals(png, alone[0]);
    assertEquals(select(html, ".cb-viewer > img.cb-fallback").length, 2);
  }
});

Deno.test("every figure of a cell has a PNG until the files are too large together", async () => {
  const all = plot.stacked(Array.from({ length: 10 }, (_, i) => figure(i)));
  const { html } = await stored(all);
  assertEquals(pictures(html).length, 10);
  assertEquals(withoutStills(html), all.html);
  const [first] = pictures(html);
  const few = await stored(all, first.length + 1);
  assertEquals(pictures(few.html).length, 2);
  assert(few.png === first);
  assertEquals(select(few.html, "svg.cb-svg").length, 8);
});
