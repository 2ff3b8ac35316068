import { counted } from "../../base/formats.ts";
import { numbersInWords } from "../../base/one_line.ts";
import {
  Drawing,
  escapeHtml,
  Figure,
  framed,
  jupyterDisplay,
  type MediaBundle,
  shorten,
} from "../../plot/mod.ts";
import { frameIn, frameView } from "./frame_view.ts";

/** How deep containers are searched and drawn. */
const DEEPEST = 4;

/** Entries of a container that are listed at most. */
const MOST_ENTRIES = 100;

/** Values that draw themselves inside one view at most: a notebook stores every drawing. */
const MOST_DRAWINGS = 12;

/** Characters of HTML that the drawings inside one view have together at most. */
const MOST_HTML = 1_000_000;

/** Characters of a value's line. */
const LONGEST_LINE = 140;

/** Characters of a long text that an entry unfolds to. */
const LONGEST_TEXT = 20_000;

/** Numbers of an array that are printed; more are summarised. */
const MOST_NUMBERS = 32;

/** Values that are looked at for drawings at most; a container of more is taken for plain data. */
const MOST_SEARCHED = 2000;

/** As many figures as a view shows unfolded, because a list of figures is made to be looked at. */
const MOST_OPEN = 4;

const STYLE =
  ".cb-fold details{margin:.1em 0}.cb-fold .cb-in{margin:.1em 0 .3em 1.1em;padding-left:.6em;border-left:1px solid rgba(128,128,128,.3)}" +
  ".cb-fold summary{cursor:pointer}.cb-fold .cb-leaf{padding-left:1.05em}.cb-fold code{font-size:12.5px;background:none}" +
  ".cb-fold pre{white-space:pre-wrap;margin:.2em 0}";

/** The name under which `console.log` asks an object for its own text. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * An array, a Map, a Set, a plain object, or an object of a class that says nothing of how it is
 * shown.
 */
interface Container {
  /** What the container is, in a line. */
  readonly line: string;
  /** The names and the values in it. */
  readonly entries: readonly (readonly [name: string, value: unknown])[];
}

/** Something that draws itself. */
type Drawable = Record<typeof jupyterDisplay, () => MediaBundle>;

/**
 * Returns a folded drawing of an array, a Map, a Set or an object that holds tensors, figures,
 * tables, models or long arrays of numbers, also deeper inside or as keys of a Map: a line for each
 * entry, which unfolds to the entry's own drawing. An object of a class shows the fields that
 * `console.log` would print, unless the class has a text of its own.
 *
 * @param value any value.
 * @returns a drawing for a notebook cell; undefined for a value that a plain text shows well.
 *
 * @example
 * ```ts
 * import { notebook, Tensor } from "circuitbook";
 * import { assert, assertEquals } from "@std/assert";
 *
 * notebook.installDisplays();
 * const tensor = new Tensor(new Float32Array([1, 2]), { d_model: 2 });
 * assert(notebook.foldedView({ tensor })?.text.includes("tensor: Tensor [d_model 2]: 1, 2"));
 * assertEquals(notebook.foldedView([1, "two"]), undefined);
 * ```
 */
export function foldedView(value: unknown): Drawing | undefined {
  const container = containerOf(value);
  if (!container || !holdsDrawings(container)) return undefined;
  return new FoldedWriter().drawing(container);
}

/** Returns whether a container holds something that a text does not show well. */
function holdsDrawings(container: Container): boolean {
  let level: readonly Container[] = [container];
  let searched = 0;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const inner: Container[] = [];
    for (const { entries } of level) {
      for (const [, value] of entries) {
        if (isDrawn(value)) return true;
        if (++searched > MOST_SEARCHED) return false;
        const found = containerOf(value);
        if (found) inner.push(found);
      }
    }
    level = inner;
  }
  return false;
}

/** Writes one folded drawing, and counts what is drawn inside. */
class FoldedWriter {
  readonly #stills: (() => Drawing)[] = [];
  #drawings = 0;
  #length = 0;

  /** Returns the drawing of a container. */
  drawing(container: Container): Drawing {
    const figures = container.entries.filter(([, value]) => value instanceof Figure).length;
    const open = figures <= MOST_OPEN;
    const html = `<div class="cb-fold"><style>${STYLE}</style><div>${
      escapeHtml(container.line)
    }</div><div class="cb-in">${this.#entries(container, DEEPEST, open)}</div></div>`;
    return new Drawing(framed(html), textOf(container, DEEPEST, ""), {}, this.#stills);
  }

  #entries({ entries }: Container, depth: number, open = false): string {
    const rest = entries.length - MOST_ENTRIES;
    const listed = entries.slice(0, MOST_ENTRIES).map(([name, value]) => {
      const head = `<code>${escapeHtml(name)}</code>: ${escapeHtml(lineOf(value))}`;
      const body = this.#body(value, depth);
      if (body === undefined) return `<div class="cb-leaf">${head}</div>`;
      const state = open && value instanceof Figure ? " open" : "";
      return `<details${state}><summary>${head}</summary><div class="cb-in">${body}</div></details>`;
    });
    return listed.join("") +
      (rest > 0 ? `<div class="cb-leaf cb-soft">… ${rest} more</div>` : "");
  }

  /** Returns what an entry unfolds to; undefined if its line says everything. */
  #body(value: unknown, depth: number): string | undefined {
    const drawn = this.#drawn(value);
    if (drawn !== undefined) return drawn;
    const inner = unfolding(value);
    if (inner && depth > 1) return this.#entries(inner, depth - 1);
    return typeof value === "string" && value.length > LONGEST_LINE
      ? `<pre>${escapeHtml(shorten(value, LONGEST_TEXT))}</pre>`
      : undefined;
  }

  #drawn(value: unknown): string | undefined {
    const frame = frameIn(value);
    if (!frame && !isDrawable(value)) return undefined;
    if (this.#drawings >= MOST_DRAWINGS || this.#length > MOST_HTML) return undefined;
    this.#drawings++;
    const drawable = frame ? frameView(frame) : value as Drawable;
    const { "text/html": html, "text/plain": text } = drawable[jupyterDisplay]();
    const drawn = typeof html === "string"
      ? html
      : typeof text === "string"
      ? `<pre>${escapeHtml(text)}</pre>`
      : undefined;
    this.#length += drawn?.length ?? 0;
    if (drawable instanceof Drawing) this.#stills.push(...drawable.stills);
    return drawn;
  }
}

/** Returns a container and its entries as indented lines of text. */
function textOf({ line, entries }: Container, depth: number, indent: string): string {
  const lines = entries.slice(0, MOST_ENTRIES).map(([name, value]) => {
    const inner = unfolding(value);
    return inner && depth > 1
      ? `${indent}  ${name}: ${textOf(inner, depth - 1, `${indent}  `)}`
      : `${indent}  ${name}: ${lineOf(value)}`;
  });
  const rest = entries.length - MOST_ENTRIES;
  return [line, ...lines, ...rest > 0 ? [`${indent}  … ${rest} more`] : []].join("\n");
}

/** Returns a value in a line. */
function lineOf(value: unknown): string {
  const frame = frameIn(value);
  if (frame) {
    const names = Object.keys(frame.schema ?? {}).join(", ");
    return shorten(`table of ${counted(frame.height, "row")}: ${names}`, LONGEST_LINE);
  }
  if (isLongArray(value)) {
    return `${value.constructor.name} of ${counted(value.length, "number")}: ${
      numbersInWords(value)
    }`;
  }
  if (isWeight(value)) return `[${value.dims.join(", ")}]: ${numbersInWords(value.data)}`;
  return unfolding(value)?.line ?? shorten(inspected(value), LONGEST_LINE);
}

/** Returns a value as a container, unless a line shows all of the value. */
function unfolding(value: unknown): Container | undefined {
  const inner = isWeight(value) ? undefined : containerOf(value);
  if (!inner || inner.entries.length === 0) return undefined;
  return holdsDrawings(inner) || inspected(value).length > LONGEST_LINE ? inner : undefined;
}

function inspected(value: unknown): string {
  return Deno.inspect(value, {
    breakLength: Infinity,
    compact: true,
    depth: 3,
    iterableLimit: 20,
    strAbbreviateSize: LONGEST_LINE,
  }).split("\n")[0];
}

function containerOf(value: unknown): Container | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (Array.isArray(value)) {
    return { line: `list of ${value.length}`, entries: value.map((one, i) => [String(i), one]) };
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, one], i) =>
      isDrawnKey(key) ? [String(i), { key, value: one }] as const : [nameOf(key), one] as const
    );
    return { line: `Map of ${value.size}`, entries };
  }
  if (value instanceof Set) {
    return { line: `Set of ${value.size}`, entries: [...value].map((one, i) => [String(i), one]) };
  }
  if (frameIn(value) || !showsFields(value)) return undefined;
  const entries = entriesOf(value);
  if (!entries) return undefined;
  const names = entries.slice(0, MOST_ENTRIES).map(([name]) => name).join(", ");
  return { line: `${classOf(value)}{ ${shorten(names, 100)} }`, entries };
}

/**
 * Returns whether the fields of an object tell what the object is: a class of JavaScript or of a
 * page has a tag of its own.
 */
function showsFields(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]" &&
    !(jupyterDisplay in value) && (isPlain(value) || !(INSPECT in value));
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Returns the name of an object's class, with a space after it; nothing for a plain object. */
function classOf(value: object): string {
  const name = isPlain(value) ? "" : String(value.constructor?.name ?? "");
  return name === "" ? "" : `${name} `;
}

/** Returns the entries of an object; undefined if one of its fields throws when it is read. */
function entriesOf(value: object): [string, unknown][] | undefined {
  try {
    return Object.entries(value);
  } catch (_strangeField) {
    return undefined;
  }
}

function nameOf(key: unknown): string {
  return typeof key === "string" ? key : shorten(Deno.inspect(key, { depth: 1 }), 60);
}

/** Returns whether a value is something that a text does not show well. */
function isDrawn(value: unknown): boolean {
  return isLongArray(value) || frameIn(value) !== undefined || isDrawable(value);
}

/** Returns whether the key of a Map is drawn, or is a list or an object of drawn values. */
function isDrawnKey(key: unknown): boolean {
  // A Map may be a key of itself.
  if (key instanceof Map) return false;
  return isDrawn(key) || (containerOf(key)?.entries.some(([, one]) => isDrawn(one)) ?? false);
}

function isDrawable(value: unknown): value is Drawable {
  return value !== null && typeof value === "object" && !frameIn(value) && jupyterDisplay in value;
}

/** Returns whether a value is a tensor without names of axes, such as the gradient of a weight. */
function isWeight(value: unknown): value is { data: Float32Array; dims: number[] } {
  if (value === null || typeof value !== "object") return false;
  const { data, dims } = value as { data?: unknown; dims?: unknown };
  return data instanceof Float32Array && Array.isArray(dims);
}

function isLongArray(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array) &&
    (value as Float32Array).length > MOST_NUMBERS;
}
