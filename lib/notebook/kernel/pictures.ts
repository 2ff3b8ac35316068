import { encodeBase64 } from "deno-std/encoding/base64.js";
import { Drawing, escapeHtml, Figure, jupyterDisplay, type MediaBundle } from "../../plot/mod.ts";
import { pngOf } from "../../plot/parts/raster.ts";

/** The beginning of the address of a PNG. */
const PNG = "data:image/png;base64,";

/**
 * The places of pictures in HTML: figures, and the words that stand in a viewer where its script
 * does not run.
 */
const PICTURES = /<svg\b[^>]*\bclass="cb cb-svg"[^]*?<\/svg>|<p class="cb-fallback">/g;

/** Puts a figure's picture in the place of its still, where scripts run. */
const SWAP =
  "(()=>{const script=document.currentScript,source=script.previousElementSibling,still=source.previousElementSibling," +
  "holder=document.createElement('div');holder.innerHTML=source.textContent;still.replaceWith(holder.firstElementChild);" +
  "source.remove();script.remove()})()";

/** A still with the picture that replaces it. */
const STILL =
  /<img class="cb-still"[^>]*><script type="image\/svg\+xml">([^]*?)<\/script><script>[^]*?<\/script>/g;

/**
 * Once the stills of one output have this many characters together, further figures get no still,
 * so that a notebook stays small.
 */
const MOST_STILLS = 5_000_000;

/** The length of the longest picture that gets a still, in characters. */
const LONGEST_PICTURE = 3_000_000;

let hasWarned = false;

/**
 * Returns a value that draws itself with stills: each figure is a PNG with its words for screen
 * readers, and a page that runs scripts shows the figure itself in its place; each viewer has the
 * PNG of a figure, which disappears when the viewer opens. GitHub, an untrusted notebook and
 * exports without HTML show the PNG.
 *
 * @param value the value of a cell.
 * @param most a number of characters. Once the stills have this many characters together, further
 * figures get no still. Default 5 million.
 * @returns a value that draws itself, or the value if it does not draw itself.
 */
export function withStills(value: unknown, most: number = MOST_STILLS): unknown {
  if (value === null || typeof value !== "object" || !(jupyterDisplay in value)) return value;
  const draw = value[jupyterDisplay];
  if (typeof draw !== "function") return value;
  const stills = value instanceof Drawing ? value.stills : [];
  return {
    [jupyterDisplay]: async () => await stilled(await draw.call(value), stills, most),
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

/** Returns the representations of a drawing with stills. */
async function stilled(
  bundle: MediaBundle,
  stills: readonly (() => Drawing)[],
  most: number,
): Promise<MediaBundle> {
  const { "text/html": html, ...others } = bundle;
  if (typeof html !== "string") return bundle;
  const rest = [...stills];
  const drawn: string[] = [];
  let first: string | undefined;
  let length = 0;
  for (const [place] of html.matchAll(PICTURES)) {
    const still = place.startsWith("<svg") ? undefined : rest.shift()?.();
    const svg = still ? svgOf(still) : place;
    const png = svg.startsWith("<svg") && svg.length <= LONGEST_PICTURE && length < most
      ? await pngOrWarning(svg)
      : undefined;
    length += png?.length ?? 0;
    first ??= png;
    if (png === undefined) drawn.push(place);
    else drawn.push(still ? beforeWords(still, png) + place : stillOf(svg, png));
  }
  if (first === undefined) return bundle;
  let next = 0;
  return {
    ...others,
    "text/html": html.replaceAll(PICTURES, () => drawn[next++]),
    "image/png": first,
  };
}

/**
 * Returns the picture of the figure that a viewer has for pages without scripts; an empty text if
 * there is none.
 */
function svgOf({ html }: Drawing): string {
  return html.match(PICTURES)?.[0] ?? "";
}

/** Returns the title and the PNG of the figure that stands before the words of a viewer. */
function beforeWords(still: Drawing, png: string): string {
  const title = still instanceof Figure ? still.captions.title : undefined;
  const heading = title ? `<p class="cb-fallback"><b>${escapeHtml(title)}</b></p>` : "";
  return `${heading}<img class="cb-fallback" alt="${escapeHtml(still.text)}" src="${PNG}${png}">`;
}

/**
 * Returns a figure's PNG, and the figure in a script that puts the figure in the place of the PNG.
 */
function stillOf(svg: string, png: string): string {
  const [, label = ""] = /\baria-label="([^"]*)"/.exec(svg) ?? [];
  // No text of the picture may end the script that holds the picture.
  const source = svg.replaceAll(/<\/script/gi, "&lt;/script");
  return `<img class="cb-still" alt="${label}" src="${PNG}${png}">` +
    `<script type="image/svg+xml">${source}</script><script>${SWAP}</script>`;
}

/**
 * Returns a picture as PNG in base64, or undefined, with a warning at the first time, where PNG
 * files cannot be drawn.
 */
async function pngOrWarning(svg: string): Promise<string | undefined> {
  try {
    return encodeBase64(await pngOf(svg, 1));
  } catch (error) {
    if (!hasWarned) console.warn(`Figures are stored without stills: ${(error as Error).message}`);
    hasWarned = true;
    return undefined;
  }
}
