import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { CircuitbookError, plot } from "circuitbook";
import { withoutStills, withStills } from "../../lib/notebook/kernel/pictures.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { select } from "./parse.ts";

const figure = plot.headMap([{ layer: 0, head: 0, effect: 1 }, { layer: 1, head: 1, effect: -1 }]);

/** Width and height in the header of a PNG file. */
function sizeOf(png: Uint8Array): [width: number, height: number] {
  assertEquals([...png.slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

Deno.test("a figure is saved as SVG or as PNG of a chosen size, and under no other name", async () => {
  await using folder = await temporaryFolder();
  const svg = join(folder.path, "heads.svg");
  await figure.save(svg);
  assertEquals(await Deno.readTextFile(svg), `${figure.svg}\n`);
  const [root] = select(figure.svg, "svg");
  const size = ["width", "height"].map((name) => Number(root.getAttribute(name)));
  for (const [options, scale] of [[{}, 2], [{ scale: 3 }, 3]] as const) {
    const png = join(folder.path, `heads${scale}.png`);
    await figure.save(png, options);
    assertEquals(sizeOf(await Deno.readFile(png)), size.map((length) => length * scale));
  }
  await assertRejects(() => figure.save("heads.pdf"), CircuitbookError, ".svg or .png");
  await assertRejects(() => figure.save("a.png", { scale: 0 }), CircuitbookError, '"scale"');
  await assertRejects(() => figure.save(join(folder.path, "no/a.svg")), CircuitbookError, "write");
});

Deno.test("a notebook stores a PNG with words, and the figure, which a page with scripts puts in its place", async () => {
  const shown = withStills(plot.stacked([figure, figure])) as plot.Drawing;
  const bundle = await shown[plot.jupyterDisplay]();
  const png = Uint8Array.from(atob(String(bundle["image/png"])), (c) => c.charCodeAt(0));
  assert(sizeOf(png)[0] > 100);
  const html = String(bundle["text/html"]);
  const [still, second] = select(html, "img.cb-still");
  assertEquals(still.getAttribute("alt"), figure.label);
  assertEquals(still.getAttribute("src"), `data:image/png;base64,${bundle["image/png"]}`);
  assert(second !== undefined);
  // JupyterLab takes scripts and styles away from HTML that it does not trust, with the text
  // inside.
  const untrusted = html.replaceAll(/<(script|style)\b[^]*?<\/\1>/g, "").replaceAll(/<[^>]*>/g, "");
  assertEquals(untrusted.trim(), "");
  assertEquals(withoutStills(html), plot.stacked([figure, figure]).html);
});

Deno.test("what holds no figure is shown as it is", async () => {
  const table = plot.table([{ a: 1 }]);
  const shown = withStills(table) as plot.Drawing;
  assertEquals(await shown[plot.jupyterDisplay](), table[plot.jupyterDisplay]());
  for (const value of [1, null, [figure], "text", Promise.resolve(1)]) {
    assertEquals(withStills(value), value);
  }
});
