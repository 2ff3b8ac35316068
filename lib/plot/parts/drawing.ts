import { HTML_STYLE } from "./style.ts";
import { escapeHtml } from "./text.ts";

/** The method by which a value draws itself in a notebook. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** A picture by media type: what a notebook stores under a cell. */
export type MediaBundle = Record<string, unknown>;

/** Words around a picture. */
export interface Captions {
  /** A line above. */
  title?: string;
  /** What there is to see, below. */
  caption?: string;
}

/**
 * A piece of HTML that draws itself in a notebook and needs nothing from outside; `text` says the same in a line.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const drawing = new plot.Drawing("<p>hello</p>", "hello");
 * assertEquals(drawing[plot.jupyterDisplay]()["text/plain"], "hello");
 * ```
 */
export class Drawing {
  /** @param html of the drawing itself, whose text is already escaped; @param data further media types. */
  constructor(readonly html: string, readonly text: string, readonly data: MediaBundle = {}) {}

  [jupyterDisplay](): MediaBundle {
    return { ...this.data, "text/html": this.html, "text/plain": this.text };
  }
}

/** The HTML of a drawing in the shared look: title, body (HTML, trusted), caption. */
export function framed(body: string, { title, caption }: Captions = {}): string {
  const above = title ? `<div class="cb-title">${escapeHtml(title)}</div>` : "";
  const below = caption ? `<figcaption>${escapeHtml(caption)}</figcaption>` : "";
  return `<figure class="cb"><style>${HTML_STYLE}</style>${above}<div class="cb-scroll">${body}</div>${below}</figure>`;
}

/** Several drawings one below the other. */
export function stacked(drawings: readonly Drawing[]): Drawing {
  return new Drawing(
    drawings.map((drawing) => drawing.html).join(""),
    drawings.map((drawing) => drawing.text).join("\n"),
  );
}
