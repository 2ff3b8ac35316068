import { printsAsText } from "../../base/one_line.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { HTML_STYLE } from "./style.ts";
import { escapeHtml, shorten } from "./text.ts";
import { counted } from "../../base/formats.ts";

/** The name of the method by which a value draws itself in a notebook. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** Representations of a value by media type, as a notebook stores them under a cell. */
export type MediaBundle = Record<string, unknown>;

/** The words around a drawing. */
export interface Captions {
  /** The heading above the drawing. */
  title?: string;
  /** What the drawing shows, below it. */
  caption?: string;
}

/**
 * A piece of HTML that draws itself in a notebook and loads nothing from outside.
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
  /** The drawing as HTML, whose texts are already escaped. */
  readonly html: string;
  /** The drawing as plain text. */
  readonly text: string;
  /** Further representations by media type. */
  readonly data: MediaBundle;
  /**
   * For each viewer in the drawing, from top to bottom, a function that returns a figure for pages
   * that run no scripts.
   */
  readonly stills: readonly (() => Drawing)[];

  /**
   * Creates a drawing.
   *
   * @param html the drawing as HTML, whose texts are already escaped.
   * @param text the drawing as plain text.
   * @param data further representations by media type.
   * @param stills for each viewer in the drawing, from top to bottom, a function that returns a
   * figure for pages that run no scripts, because a viewer is empty without scripts. By default the
   * drawing has no viewer.
   */
  constructor(
    html: string,
    text: string,
    data: MediaBundle = {},
    stills: readonly (() => Drawing)[] = [],
  ) {
    this.html = html;
    this.text = text;
    this.data = data;
    this.stills = stills;
  }

  /** Returns the representations of the drawing, HTML and plain text among them. */
  [jupyterDisplay](): MediaBundle {
    return { ...this.data, "text/html": this.html, "text/plain": this.text };
  }

  /** Returns the drawing in a line: the first line of its text. */
  toString(): string {
    const [first, ...rest] = this.text.split("\n");
    return `Drawing: ${shorten(first, 160)}${
      rest.length > 0 ? ` … (${counted(rest.length, "more line")})` : ""
    }`;
  }
}

printsAsText(Drawing);

/**
 * Returns HTML in the look that all drawings share.
 *
 * @param body the drawing as HTML, whose texts are already escaped.
 * @param captions the words around the drawing, as plain text.
 * @returns a `<figure>` element with its own style.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(plot.framed("<b>62</b>", { title: "Sum < 100" }).includes("Sum &lt; 100"));
 * ```
 */
export function framed(body: string, captions: Captions = {}): string {
  checkArguments("framed", { body: [body, is.text], captions: [captions, is.object] });

  const { title, caption } = captions;
  const above = title ? `<div class="cb-title">${escapeHtml(title)}</div>` : "";
  const below = caption ? `<figcaption>${escapeHtml(caption)}</figcaption>` : "";
  return `<figure class="cb"><style>${HTML_STYLE}</style>${above}<div class="cb-scroll">${body}</div>${below}</figure>`;
}

/**
 * Returns several drawings, one below the other.
 *
 * @param drawings the drawings, from top to bottom.
 * @returns one drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const both = plot.stacked([
 *   new plot.Drawing("<p>a</p>", "a"),
 *   new plot.Drawing("<p>b</p>", "b"),
 * ]);
 * assertEquals(both.text, "a\nb");
 * ```
 */
export function stacked(drawings: readonly Drawing[]): Drawing {
  checkArguments("stacked", {
    drawings: [drawings, is.listOf(is.like("a drawing", "html", "text", "stills"))],
  });

  return new Drawing(
    drawings.map((drawing) => drawing.html).join(""),
    drawings.map((drawing) => drawing.text).join("\n"),
    {},
    drawings.flatMap((drawing) => drawing.stills),
  );
}
