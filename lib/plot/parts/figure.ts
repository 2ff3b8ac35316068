import { shorten } from "./text.ts";
import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { checkOptions } from "../../base/options.ts";
import { writeWhole } from "../../checkpoint/files.ts";
import * as tools from "./browser/figure_tools.ts";
import { pageScript } from "./page_script.ts";
import { pngOf } from "./raster.ts";
import { type Captions, Drawing, framed } from "./drawing.ts";
import { SVG_STYLE } from "./style.ts";

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";
/**
 * An XML document, whose elements are written as XML: `<` and `&` are escaped in attributes too.
 */
const document = new DOMParser().parseFromString(
  "<svg/>",
  "image/svg+xml",
) as unknown as Document;
/** Characters that no XML document may hold, not even as references (XML 1.0, production 2). */
const NOT_XML = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
/** What a figure does in a page. */
const SCRIPT = pageScript([tools], "openFigure(document.currentScript)");
const saveSchema = z.strictObject({ scale: z.number().positive().max(20).optional() });
const GAP = 14;
const LINE_GAP = 8;
/** A figure wider than this, in pixels, scrolls instead of shrinking its text. */
const WIDEST = 860;

/**
 * A rectangle of a figure, such as a plot or a legend; sizes in pixels. The node is a `<g>` rather
 * than an `<svg>`, because the CSS of a page may resize each `<svg>`.
 */
export interface Part {
  node: Element;
  width: number;
  height: number;
}

/**
 * A picture that draws itself in a notebook: inline SVG that is readable on light and dark pages,
 * with a label for screen readers.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const figure = plot.accuracyByLayer([{ layer: 0, accuracy: 0.5 }, { layer: 1, accuracy: 0.9 }]);
 * assert(figure.svg.startsWith("<svg") && figure.html.includes(figure.svg));
 * ```
 */
export class Figure extends Drawing {
  /** The picture alone, as the content of an `.svg` file. */
  readonly svg: string;
  /** What the picture shows, in a sentence. */
  readonly label: string;
  /** The words around the picture. */
  readonly captions: Captions;

  /**
   * Creates a figure.
   *
   * @param svg the picture, as the content of an `.svg` file.
   * @param label what the picture shows, in a sentence.
   * @param captions the words around the picture.
   */
  constructor(svg: string, label: string, captions: Captions) {
    const { title, caption } = captions;
    super(
      framed(`${svg}<script>${SCRIPT}</script>`, captions),
      ["Figure:", title && `${title}.`, label, caption].filter(Boolean).join(" "),
    );
    this.svg = svg;
    this.label = label;
    this.captions = captions;
  }

  /**
   * Writes the picture to a file, whole or not at all. Title and caption, the words around the
   * picture, are not in the file.
   *
   * @param path a path that ends in `.svg` or `.png`; a relative path begins in the current folder,
   * in a cell the notebook's.
   * @param options `scale`: pixels of a PNG file for each pixel of the picture. Default 2.
   * @throws CircuitbookError if the path ends otherwise, or if the file cannot be written.
   *
   * @example
   * ```ts
   * import { plot } from "circuitbook";
   * import { assert } from "@std/assert";
   *
   * const path = `${await Deno.makeTempDir()}/heads.svg`;
   * await plot.headMap([{ layer: 0, head: 0, effect: 1 }]).save(path);
   * assert((await Deno.readTextFile(path)).startsWith("<svg"));
   * ```
   */
  async save(path: string, options: { scale?: number } = {}): Promise<void> {
    checkArguments("save", { path: [path, is.text], options: [options, is.object] });
    checkOptions(options, saveSchema, "save");
    const { scale = 2 } = options;
    if (path.endsWith(".svg")) return await writeWhole(path, `${this.svg}\n`);
    if (path.endsWith(".png")) return await writeWhole(path, await pngOf(this.svg, scale));
    throw new CircuitbookError(
      `Expected a file name that ends in .svg or .png but found "${path}"; add one of them.`,
    );
  }

  /** Returns the figure in a line: what it shows. */
  override toString(): string {
    return shorten(this.text, 200);
  }
}

/**
 * Returns a figure of parts.
 *
 * @param rows the parts, from top to bottom, and in each row from left to right.
 * @param label what the figure shows, in a sentence; screen readers read it.
 * @param captions the words around the figure.
 */
export function figure(
  rows: readonly (readonly Part[])[],
  label: string,
  captions: Captions = {},
): Figure {
  const filled = rows.filter((row) => row.length > 0);
  const width = Math.ceil(
    Math.max(...filled.map((row) => row.reduce((sum, part) => sum + part.width + GAP, -GAP))),
  );
  const root = svg("svg", {
    role: "img",
    "aria-label": label,
    fill: "currentColor",
    class: "cb cb-svg",
  });
  const style = svg("style");
  style.textContent = SVG_STYLE;
  root.append(style);
  let y = 0;
  for (const row of filled) {
    let x = 0;
    for (const part of row) {
      root.append(svg("g", { transform: `translate(${x},${y})` }, part.node));
      x += part.width + GAP;
    }
    y += Math.max(...row.map((part) => part.height)) + LINE_GAP;
  }
  const height = Math.ceil(y - LINE_GAP);
  const fit = width > WIDEST ? "max-width:none" : "max-width:100%;height:auto";
  const size = {
    xmlns: SVG_NAMESPACE,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    style: fit,
  };
  for (const [name, value] of Object.entries(size)) root.setAttribute(name, String(value));
  root.setAttribute("font-family", "system-ui, sans-serif");
  root.setAttribute("font-size", "12");
  return new Figure(root.outerHTML.replace(NOT_XML, "\uFFFD"), label, captions);
}

/** Returns a plot as part of a figure, without Observable Plot's own style and background. */
export function plotPart(options: Plot.PlotOptions & { width: number; height: number }): Part {
  const drawn = Plot.plot({ ...options, document });
  drawn.querySelector("style")?.remove();
  const node = svg("g", { "text-anchor": "middle" }, ...drawn.childNodes as unknown as Element[]);
  return { node, width: options.width, height: options.height };
}

/** Returns a new SVG element. Children that are strings become text. */
export function svg(
  name: string,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly (Element | string)[]
): Element {
  const element = document.createElementNS(SVG_NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}
