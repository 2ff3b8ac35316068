/**
 * What viewers share in the page. These functions run in a browser and are included in pages as
 * source text, so that they may call only each other and the API of pages.
 *
 * @module
 */

/**
 * Draws the viewer around a script. Until then, and if drawing fails, the viewer shows its sentence
 * for no script.
 */
export function openViewer<Data>(
  script: Element | null,
  start: (root: HTMLElement, data: Data) => void,
): void {
  const root = script?.closest<HTMLElement>(".cb-viewer");
  const json = root?.querySelector('script[type="application/json"]');
  if (!root || !json || root.classList.contains("cb-open")) return;
  start(root, JSON.parse(json.textContent ?? "") as Data);
  root.classList.add("cb-open");
  for (const fallback of root.querySelectorAll(".cb-fallback")) fallback.remove();
  // JupyterLab's shortcuts would act on keys that are meant for the viewer.
  root.addEventListener("keydown", (event) => event.stopPropagation());
}

/** Returns a new element. Children that are strings become text. */
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

/** Returns the bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Returns the 16-bit numbers of a base64 text, low byte first. */
export function shortsOf(base64: string): Uint16Array {
  const bytes = bytesOf(base64);
  return Uint16Array.from(
    { length: bytes.length / 2 },
    (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8),
  );
}

/**
 * Returns the probability that 16 bits stand for: the square root of the probability in steps of
 * 1/65534, and 65535 for NaN.
 */
export function decodedProbability(code: number): number {
  return code === 65535 ? NaN : (code / 65534) ** 2;
}

/** Makes the Tab key reach the element `now` in place of the element `before`. */
export function reachOnly(elements: readonly HTMLElement[], before: number, now: number): void {
  if (elements[before]) elements[before].tabIndex = -1;
  if (elements[now]) elements[now].tabIndex = 0;
}

/**
 * Returns the index that an arrow key, Home or End leads to in a grid of `columns`; `undefined` for
 * other keys.
 */
export function indexAfterKey(
  key: string,
  from: number,
  count: number,
  columns: number,
): number | undefined {
  const row = Math.floor(from / columns);
  const last = Math.min(count, (row + 1) * columns) - 1;
  const targets: Record<string, number> = {
    ArrowLeft: Math.max(row * columns, from - 1),
    ArrowRight: Math.min(last, from + 1),
    ArrowUp: from - columns >= 0 ? from - columns : from,
    ArrowDown: from + columns < count ? from + columns : from,
    Home: row * columns,
    End: last,
  };
  return targets[key];
}

/**
 * Returns the opacity of a colour behind text: at most 0.8, so that the text stays readable, more
 * for small shares.
 */
export function strength(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) ** 0.6 * 80) / 100;
}

/** Returns a colour ramp from 0 to `high`. */
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
