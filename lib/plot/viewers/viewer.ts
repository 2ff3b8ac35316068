import { NAN_COLOUR, NEGATIVE, POSITIVE } from "../parts/colour.ts";
import { type Captions, Drawing, framed } from "../parts/drawing.ts";
import type { Figure } from "../parts/figure.ts";
import { type PageCode, pageScript } from "../parts/page_script.ts";
import { escapeHtml, jsonInScript } from "../parts/text.ts";
import { VIEWER_STYLE } from "./style.ts";

/** The parts of a viewer. */
export interface ViewerParts<Data> {
  /**
   * What the viewer shows, in a sentence: for screen readers, and for pages where no script runs.
   */
  label: string;
  /** The data that the code in the page draws; anything that JSON can hold. */
  data: Data;
  /** The function that draws the data into the element of the viewer. */
  start: (root: HTMLElement, data: Data) => void;
  /** The modules of the code, as `import * as …`. */
  code: readonly PageCode[];
  /** Returns the figure that pages without scripts show. */
  still: () => Figure;
}

const NEEDS_SCRIPT =
  "This viewer is interactive: it needs a browser that runs scripts and, in JupyterLab, a trusted " +
  "notebook (run the cell, or choose File, Trust Notebook).";

/**
 * Returns an interactive drawing, which works in a cell of JupyterLab and in a report that is
 * opened from a file. The drawing fetches nothing and needs no kernel. Its code runs in its own
 * scope, on the element around it.
 *
 * The code is written as TypeScript functions, type-checked against the API of pages, and included
 * as the source text of these functions.
 */
export function viewer<Data>(
  { label, data, start, code, still }: ViewerParts<Data>,
  captions: Captions,
): Drawing {
  const script = pageScript(code, `openViewer(document.currentScript,${start.name})`);
  const [blue, orange, nan] = [NEGATIVE, POSITIVE, NAN_COLOUR].map((colour) => colour.join());
  const body =
    `<div class="cb-viewer mathjax_ignore tex2jax_ignore" role="group" aria-label="${
      escapeHtml(label)
    }" ` +
    `data-lm-suppress-shortcuts="true" style="--cb-blue:${blue};--cb-orange:${orange};--cb-nan:${nan}"><style>${VIEWER_STYLE}</style>` +
    `<p class="cb-fallback">${escapeHtml(label)} <span class="cb-soft">${NEEDS_SCRIPT}</span></p>` +
    `<script type="application/json">${
      jsonInScript(data)
    }</script><script>${script}</script></div>`;
  const text = ["Viewer:", captions.title && `${captions.title}.`, label, captions.caption].filter(
    Boolean,
  ).join(" ");
  return new Drawing(framed(body, captions), text, {}, [still]);
}
