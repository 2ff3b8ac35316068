import { NEGATIVE, POSITIVE } from "../parts/colour.ts";
import { type Captions, Drawing, framed } from "../parts/drawing.ts";
import { escapeHtml } from "../parts/text.ts";
import { VIEWER_STYLE } from "./style.ts";

/** The functions of a module that runs in the page: each stands alone but for the others of its viewer. */
export type PageCode = Readonly<Record<string, (...values: never[]) => unknown>>;

/** What a viewer is made of. */
export interface ViewerParts<Data> {
  /** What there is to see, in a sentence: for those who cannot see it, and where no script runs. */
  label: string;
  /** What the page's code draws; anything JSON can hold. */
  data: Data;
  /** The one of the functions that draws: it gets the viewer's element and the data. */
  start: (root: HTMLElement, data: Data) => void;
  /** The modules of the page's code, as `import * as …`. */
  code: readonly PageCode[];
}

const NEEDS_SCRIPT =
  "This viewer is interactive: it needs a browser that runs scripts and, in JupyterLab, a trusted " +
  "notebook (run the cell, or choose File, Trust Notebook).";

/**
 * A drawing that is alive wherever its HTML stands: a cell of JupyterLab, a report opened from a file. It fetches nothing, needs
 * no kernel, and leaves no name behind: its code runs in a scope of its own on the element around it.
 *
 * The code is written as TypeScript functions (type-checked against the page's API) and travels as their source text.
 */
export function viewer<Data>(
  { label, data, start, code }: ViewerParts<Data>,
  captions: Captions,
): Drawing {
  const functions = Object.assign({}, ...code) as PageCode;
  const source = Object.values(functions).map(String).join("\n");
  const script =
    `(()=>{"use strict";\n${source}\nopenViewer(document.currentScript,${start.name});\n})()`;
  const [blue, orange] = [NEGATIVE, POSITIVE].map((colour) => colour.join());
  const body =
    `<div class="cb-viewer mathjax_ignore tex2jax_ignore" role="group" aria-label="${
      escapeHtml(label)
    }" ` +
    `data-lm-suppress-shortcuts="true" style="--cb-blue:${blue};--cb-orange:${orange}"><style>${VIEWER_STYLE}</style>` +
    `<p class="cb-fallback">${escapeHtml(label)} <span class="cb-soft">${NEEDS_SCRIPT}</span></p>` +
    `<script type="application/json">${
      inScript(JSON.stringify(data))
    }</script><script>${script}</script></div>`;
  const text = ["Viewer:", captions.title && `${captions.title}.`, label, captions.caption].filter(
    Boolean,
  ).join(" ");
  return new Drawing(framed(body, captions), text);
}

/** JSON that cannot end its script element, whatever a token says; lone surrogates are escaped by JSON.stringify. */
function inScript(json: string): string {
  return json.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll(
    "\u2029",
    "\\u2029",
  );
}
