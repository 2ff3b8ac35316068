/**
 * Turns pictures into PNG by resvg, a native module that is loaded when the first picture is asked
 * for.
 */
import { createRequire } from "node:module";
import { CircuitbookError } from "../../base/errors.ts";

/** The font of pictures, which every system draws alike. */
const FONT = { file: "dejavu-fonts-ttf/ttf/DejaVuSans.ttf", family: "DejaVu Sans" };

/**
 * Characters that {@link FONT} lacks, such as Chinese ones: the fonts of the system are searched
 * for them.
 */
const BEYOND_FONT = /[\u{2E80}-\u{10FFFF}]/u;

/** The colour of text on a white page. */
const INK = "#1a1c20";

/**
 * Returns a picture as the bytes of a PNG file, on white.
 *
 * @param svg the picture, as the content of an `.svg` file.
 * @param scale pixels for each pixel of the picture.
 * @throws CircuitbookError if resvg cannot be loaded.
 */
export async function pngOf(svg: string, scale: number): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js").catch((error: Error) => {
    throw new CircuitbookError(
      `Expected resvg, which draws PNG files, but found: ${error.message}; run deno task setup and allow --allow-ffi.`,
    );
  });
  const picture = new Resvg(plain(svg), {
    background: "#fff",
    fitTo: { mode: "zoom", value: scale },
    font: {
      fontFiles: [createRequire(import.meta.url).resolve(FONT.file)],
      loadSystemFonts: BEYOND_FONT.test(svg),
      defaultFontFamily: FONT.family,
      sansSerifFamily: FONT.family,
    },
  });
  return picture.render().asPng();
}

/**
 * Returns a picture without a style sheet: resvg knows neither variables nor the colour scheme of a
 * page.
 */
function plain(svg: string): string {
  const variables = new Map<string, string>();
  for (const [, name, value] of svg.matchAll(/(--cb-[\w-]+):([^;}]+)/g)) {
    // The first values are those for light pages.
    if (!variables.has(name)) variables.set(name, value);
  }
  return svg
    .replaceAll(/<style>[^]*?<\/style>/g, "")
    .replaceAll(/var\((--cb-[\w-]+)\)/g, (whole, name) => variables.get(name) ?? whole)
    .replaceAll('style="image-rendering:pixelated"', 'image-rendering="optimizeSpeed"')
    .replace("<svg ", `<svg color="${INK}" `)
    .replaceAll("system-ui, sans-serif", FONT.family);
}
