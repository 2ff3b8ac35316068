/** The attention viewer in the page: layout, pointer and keyboard. @module */
import { formatNumber } from "../../parts/text.ts";
import { drawHead, pictureOf } from "./attention_canvas.ts";
import {
  arrangeHeads,
  controlLine,
  drawThumbnails,
  type HeadControls,
  headControls,
  headThumbnails,
  highestHead,
  moveAmongHeads,
  reachThumbnail,
} from "./attention_heads.ts";
import {
  type AttentionState,
  headName,
  nanRowsOf,
  type PageData,
  rowOf,
  scoresInWords,
  tokenAt,
} from "./attention_state.ts";
import { queryAfterKey, showQuery, type TextParts, textParts } from "./attention_text.ts";
import { make, ramp } from "./page.ts";

/** The elements of the viewer. */
export interface AttentionParts extends TextParts {
  readonly list: HTMLElement;
  readonly controls: HeadControls;
  /** The large pattern. */
  readonly large: HTMLCanvasElement;
  /** The frame around the row that is shown. */
  readonly mark: HTMLElement;
  /** The name of the large head. */
  readonly name: HTMLElement;
  /** Words about the cell under the pointer. */
  readonly cell: HTMLElement;
}

/** Draws the viewer into its element. */
export function startAttention(root: HTMLElement, data: PageData): void {
  const thumbnails = headThumbnails(data);
  const first = highestHead(data);
  const state: AttentionState = {
    data,
    thumbnails,
    nanRows: nanRowsOf(data),
    decoded: new Map(),
    order: [],
    head: first,
    reached: first,
    query: data.query,
    kept: false,
  };
  const parts = attentionParts(state);
  layOut(root, state, parts);
  arrangeHeads(state, parts.list, parts.controls);
  chooseHead(state, parts, first);
  listenToHeads(state, parts);
  listenToQueries(root, state, parts);
  explainPicture(parts);
  parts.list.scrollTop = thumbnails[first].offsetTop - 60;
  whenSeen(root, () => drawThumbnails(state, (work) => setTimeout(work, 0)));
}

/** Returns the elements of the viewer, not yet in the page. */
export function attentionParts(state: AttentionState): AttentionParts {
  const label = "heads: arrow keys move, Enter shows one large";
  return {
    ...textParts(state),
    list: make("div", {
      class: "cb-heads",
      role: "listbox",
      "aria-label": label,
      "aria-orientation": "horizontal",
    }),
    controls: headControls(state.data),
    large: pictureOf(state.data, 420, false),
    mark: make("i", { "aria-hidden": "true" }),
    name: make("div", { class: "cb-place", "aria-live": "polite" }),
    cell: make("p", { class: "cb-note" }),
  };
}

/** Puts the elements into the page. */
export function layOut(root: HTMLElement, { data }: AttentionState, parts: AttentionParts): void {
  const { list, controls, large, mark, name, cell, text, most } = parts;
  const key = make(
    "div",
    { class: "cb-bar-line" },
    name,
    make("span", {}, "attention", ramp("blue", "1")),
  );
  const picture = make("div", { class: "cb-picture" }, large, mark);
  const left = make("div", { class: "cb-main" }, picture, cell);
  const right = make("div", { class: "cb-reading" }, text, most);
  root.append(
    controlLine(data, controls),
    list,
    key,
    make("div", { class: "cb-side cb-even" }, left, right),
  );
  root.append(
    make(
      "p",
      { class: "cb-note" },
      `${data.note} Click a token to keep its row; Esc lets it follow the pointer again.`,
    ),
  );
}

/** Shows a head large. The selected query stays. */
export function chooseHead(state: AttentionState, parts: AttentionParts, head: number): void {
  state.thumbnails[state.head].setAttribute("aria-selected", "false");
  state.thumbnails[head].setAttribute("aria-selected", "true");
  state.head = head;
  if (state.order.includes(head)) reachThumbnail(state, head);
  drawHead(state, head, parts.large);
  const scores = scoresInWords(state, head);
  parts.name.replaceChildren(make("b", {}, headName(state, head)), scores ? ` ${scores}` : "");
  chooseQuery(state, parts, state.query);
}

/** Shows the row of a query over the text, with a frame around the row in the large pattern. */
export function chooseQuery(state: AttentionState, parts: AttentionParts, query: number): void {
  showQuery(state, parts, query);
  const count = state.data.shape.positions.length;
  parts.mark.style.top = `${100 * query / count}%`;
  parts.mark.style.height = `${100 / count}%`;
}

/** Keeps the row of a query, or lets it follow the pointer again. */
export function keepQuery(
  state: AttentionState,
  parts: AttentionParts,
  query: number,
  kept: boolean,
): void {
  state.kept = kept;
  parts.text.classList.toggle("cb-kept", kept);
  chooseQuery(state, parts, query);
}

/** Listens to the thumbnails and their controls. */
export function listenToHeads(state: AttentionState, parts: AttentionParts): void {
  const { list, controls } = parts;
  const places = new Map<Element | null, number>(
    state.thumbnails.map((thumbnail, head) => [thumbnail, head]),
  );
  const at = (event: Event) => places.get((event.target as Element).closest("[role=option]"));
  const arrange = () => arrangeHeads(state, list, controls);
  for (const control of [controls.layer, controls.score, controls.order]) {
    control.addEventListener("change", arrange);
  }
  for (const control of [controls.find, controls.least]) control.addEventListener("input", arrange);
  list.addEventListener("click", (event) => {
    const head = at(event);
    if (head !== undefined) chooseHead(state, parts, head);
  });
  list.addEventListener("keydown", (event) => {
    const head = at(event);
    if (head === undefined) return;
    const chosen = event.key === "Enter" || event.key === " ";
    if (chosen) chooseHead(state, parts, head);
    if (chosen || moveAmongHeads(state, head, event.key)) event.preventDefault();
  });
}

/** Listens to the text and the large pattern. */
export function listenToQueries(
  root: HTMLElement,
  state: AttentionState,
  parts: AttentionParts,
): void {
  const { positions } = state.data.shape;
  const queries = new Map<EventTarget | null, number>(
    positions.map((position, i) => [parts.pieces[position], i]),
  );
  parts.text.addEventListener("mouseover", (event) => {
    const query = queries.get(event.target);
    if (query !== undefined && !state.kept) chooseQuery(state, parts, query);
  });
  parts.text.addEventListener("click", (event) => {
    const query = queries.get(event.target);
    if (query !== undefined) keepQuery(state, parts, query, !(state.kept && state.query === query));
  });
  parts.text.addEventListener("keydown", (event) => {
    const query = queryAfterKey(state, event.key);
    if (query === undefined) return;
    keepQuery(state, parts, query, true);
    parts.pieces[positions[query]].focus();
    event.preventDefault();
  });
  parts.large.addEventListener("mousemove", (event) => pointAt(state, parts, event, false));
  parts.large.addEventListener("click", (event) => pointAt(state, parts, event, true));
  parts.large.addEventListener("mouseleave", () => explainPicture(parts));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") keepQuery(state, parts, state.query, false);
  });
}

/** Describes the cell of the large pattern under the pointer, and shows or keeps its row. */
export function pointAt(
  state: AttentionState,
  parts: AttentionParts,
  event: MouseEvent,
  keep: boolean,
): void {
  const { width, height, left, top } = parts.large.getBoundingClientRect();
  const { keys, positions } = state.data.shape;
  const within = (share: number, count: number) =>
    Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  const query = within((event.clientY - top) / height, positions.length);
  const key = within((event.clientX - left) / width, keys);
  if (keep) keepQuery(state, parts, query, true);
  else if (!state.kept && query !== state.query) chooseQuery(state, parts, query);
  const value = rowOf(state, query)[key];
  const told = value || Number.isNaN(value)
    ? formatNumber(value, 2)
    : key > positions[query] && state.data.shape.causal
    ? "later"
    : "not shown";
  parts.cell.textContent = `${tokenAt(state, positions[query])} looks at ${
    tokenAt(state, key)
  }: ${told}`;
}

/** Explains the large pattern. */
export function explainPicture({ cell }: AttentionParts): void {
  cell.textContent = "A row for each query, a column for each key; point at a cell for its value.";
}

/** Does some work once an element is visible; at once if the page cannot observe that. */
export function whenSeen(element: HTMLElement, work: () => void): void {
  if (typeof IntersectionObserver === "undefined") return work();
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    work();
  });
  observer.observe(element);
}
