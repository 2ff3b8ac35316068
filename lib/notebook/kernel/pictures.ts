import { encodeBase64 } from "deno-std/encoding/base64.js";
import { Drawing, escapeHtml, Figure, jupyterDisplay, type MediaBundle } from "../../plot/mod.ts";
import { pngOf } from "../../plot/parts/raster.ts";

/** The beginning of the address of a PNG. */
const PNG = "data:image/png;base64,";

/** The pictures of figures in HTML. */
const PICTURE = /<svg\b[^>]*\bclass="cb cb-svg"[^]*?<\/svg>/g;

/** Puts a figure's picture in the place of its still, where scripts run. */
const SWAP =
  "(()=>{const script=document.currentScript,source=script.previousElementSibling,still=source.previousElementSibling," +
  "holder=document.createElement('div');holder.innerHTML=source.textContent;still.replaceWith(holder.firstElementChild);" +
  "source.remove();script.remove()})()";

/** A still with the picture that replaces it. */
const STILL =
  /<img class="cb-still"[^>]*><script type="image\/svg\+xml">([^]*?)<\/script><script>[^]*?<\/script>/g;

/** Pictures of one value that get a still at most. */
const MOST_STILLS = 6;

/** The length of the longest picture that gets a still, in characters. */
const LONGEST_PICTURE = 3_000_000;

let hasWarned = false;

/**
 * Returns a value that draws itself with stills: each figure is a PNG with its words for screen readers, and a page that
 * runs scripts shows the figure itself in its place. GitHub, an untrusted notebook and exports without HTML show the PNG.
 *
 * @param value the value of a cell.
 * @returns a value that draws itself, or the value if it does not draw itself.
 */
export function withStills(value: unknown): unknown {
  if (value === null || typeof value !== "object" || !(jupyterDisplay in value)) return value;
  const draw = value[jupyterDisplay];
  if (typeof draw !== "function") return value;
  const still = value instanceof Drawing ? value.still : undefined;
  return {
    [jupyterDisplay]: async () => {
      const bundle: MediaBundle = await draw.call(value);
      return still ? await withStill(bundle, still()) : await stilled(bundle);
    },
  };
}

/**
 * Returns HTML with the figures themselves in place of their stills.
 *
 * @param html the HTML of an output that a kernel made.
 */
export function withoutStills(html: string): string {
  return html.replaceAll(STILL, (_, picture) => picture);
}

/** Returns the representations of a viewer with a figure for pages in which the viewer's script does not run. */
async function withStill(bundle: MediaBundle, still: Drawing): Promise<MediaBundle> {
  const { html, text } = still;
  const title = still instanceof Figure ? still.captions.title : undefined;
  const [svg] = html.match(PICTURE) ?? [];
  const png = svg === undefined ? undefined : await pngOrWarning(svg);
  if (png === undefined) return bundle;
  const heading = title ? `<p class="cb-fallback"><b>${escapeHtml(title)}</b></p>` : "";
  const picture = `${heading}<img class="cb-fallback" alt="${
    escapeHtml(text)
  }" src="${PNG}${png}">`;
  return {
    ...bundle,
    "text/html": String(bundle["text/html"]).replace(
      '<p class="cb-fallback">',
      (fallback) => picture + fallback,
    ),
    "image/png": png,
  };
}

/** Returns the representations of a drawing with stills. */
async function stilled(bundle: MediaBundle): Promise<MediaBundle> {
  const { "text/html": html, ...others } = bundle;
  if (typeof html !== "string") return bundle;
  const pictures = [...html.matchAll(PICTURE)].map(([svg]) => svg)
    .filter(({ length }) => length <= LONGEST_PICTURE);
  const stills = new Map<string, string>();
  for (const svg of pictures.slice(0, MOST_STILLS)) {
    const png = await pngOrWarning(svg);
    if (png === undefined) return bundle;
    stills.set(svg, png);
  }
  if (stills.size === 0) return bundle;
  const [first] = stills.values();
  const drawn = html.replaceAll(PICTURE, (svg) => {
    const png = stills.get(svg);
    if (png === undefined) return svg;
    const [, label = ""] = /\baria-label="([^"]*)"/.exec(svg) ?? [];
    // No text of the picture may end the script that holds the picture.
    const source = svg.replaceAll(/<\/script/gi, "&lt;/script");
    return `<img class="cb-still" alt="${label}" src="${PNG}${png}">` +
      `<script type="image/svg+xml">${source}</script><script>${SWAP}</script>`;
  });
  return { ...others, "text/html": drawn, "image/png": first };
}

/** Returns a picture as PNG in base64, or undefined, with a warning at the first time, where PNG files cannot be drawn. */
async function pngOrWarning(svg: string): Promise<string | undefined> {
  try {
    return encodeBase64(await pngOf(svg, 1));
  } catch (error) {
    if (!hasWarned) console.warn(`Figures are stored without stills: ${(error as Error).message}`);
    hasWarned = true;
    return undefined;
  }
}
