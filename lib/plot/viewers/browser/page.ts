/**
 * What the viewers' code in the page has in common. Everything here runs in a browser and travels as the source text of its
 * functions: they may call one another and the page's API, and nothing else.
 *
 * @module
 */

/** Draws the viewer that a script stands in; until it is drawn, and if it cannot be, its sentence for no script stays. */
export function openViewer<Data>(
  script: Element | null,
  start: (root: HTMLElement, data: Data) => void,
): void {
  const root = script?.closest<HTMLElement>(".cb-viewer");
  const json = root?.querySelector('script[type="application/json"]');
  if (!root || !json || root.classList.contains("cb-open")) return;
  start(root, JSON.parse(json.textContent ?? "") as Data);
  root.classList.add("cb-open");
  root.querySelector(".cb-fallback")?.remove();
  // JupyterLab's own shortcuts would act on keys that are meant for the viewer.
  root.addEventListener("keydown", (event) => event.stopPropagation());
}

/** A new element with attributes and children; strings become text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** The bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The 16-bit numbers of a base64 text, least byte first. */
export function shortsOf(base64: string): Uint16Array {
  const bytes = bytesOf(base64);
  return Uint16Array.from(
    { length: bytes.length / 2 },
    (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8),
  );
}

/** Makes another one of several elements the one that Tab reaches. */
export function reachOnly(elements: readonly HTMLElement[], before: number, now: number): void {
  if (elements[before]) elements[before].tabIndex = -1;
  if (elements[now]) elements[now].tabIndex = 0;
}

/** Where an arrow key, Home or End leads from a place of a grid with so many columns; `undefined` for other keys. */
export function placeAfterKey(
  key: string,
  from: number,
  count: number,
  columns: number,
): number | undefined {
  const row = Math.floor(from / columns);
  const last = Math.min(count, (row + 1) * columns) - 1;
  const places: Record<string, number> = {
    ArrowLeft: Math.max(row * columns, from - 1),
    ArrowRight: Math.min(last, from + 1),
    ArrowUp: from - columns >= 0 ? from - columns : from,
    ArrowDown: from + columns < count ? from + columns : from,
    Home: row * columns,
    End: last,
  };
  return places[key];
}

/** The strength of a colour behind text: never so strong that the text cannot be read, small shares a little stronger. */
export function strength(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) ** 0.6 * 80) / 100;
}

/** A colour ramp with its ends, for a colour by the name of its custom property. */
export function ramp(colour: "blue" | "orange", high: string): HTMLElement {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    `rgba(var(--cb-${colour}),${strength(share)})`
  );
  const bar = make("span", {
    class: "cb-ramp",
    style: `background:linear-gradient(90deg,${stops.join()})`,
  });
  return make("span", { "aria-hidden": "true" }, "0", bar, high);
}
