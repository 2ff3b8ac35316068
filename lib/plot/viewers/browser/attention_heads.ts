/** The attention viewer in the page: the thumbnails, filtered and sorted. @module */
import { formatNumber } from "../../parts/text.ts";
import { drawHead, pictureOf } from "./attention_canvas.ts";
import { type AttentionState, headName, type PageData, scoresInWords } from "./attention_state.ts";
import type { AttentionData } from "../attention_data.ts";
import { indexAfterKey, make, reachOnly } from "./page.ts";

/**
 * The controls above the thumbnails. The page shows the controls of scores only if there are
 * scores.
 */
export interface HeadControls {
  readonly layer: HTMLSelectElement;
  readonly find: HTMLInputElement;
  readonly score: HTMLSelectElement;
  readonly order: HTMLSelectElement;
  readonly least: HTMLInputElement;
  readonly count: HTMLElement;
}

/** Returns the controls of a viewer. */
export function headControls(data: PageData): HeadControls {
  const least = make("input", { type: "number", step: "any", style: "width:6em" });
  const find = make("input", {
    type: "search",
    placeholder: data.words.length ? "L3H2, a word" : "L3H2",
    style: "width:9.5em",
  });
  return {
    layer: choice(["all", ...data.layers.map(String)]),
    find,
    score: choice(data.columns, data.orderBy ?? 0),
    order: choice(["layer", "highest first", "lowest first"], data.orderBy === null ? 0 : 1),
    least,
    count: make("span", { class: "cb-soft", role: "status" }),
  };
}

/**
 * Returns the head that is shown first: the one that was asked for, or the head with the highest
 * score of the column that sorts at first.
 */
export function highestHead({ scores, orderBy, head }: AttentionData): number {
  if (head !== null) return head;
  const value = (head: number) => scores[head][orderBy ?? 0] ?? -Infinity;
  return scores.reduce((best, _, head) => value(head) > value(best) ? head : best, 0);
}

/** Returns a drop-down list with one name selected. */
export function choice(names: readonly string[], first = 0): HTMLSelectElement {
  const options = names.map((name, i) =>
    make("option", { value: name, ...i === first ? { selected: "" } : {} }, name)
  );
  return make("select", {}, ...options);
}

/** Returns the controls in a line, each with its name. */
export function controlLine(data: PageData, controls: HeadControls): HTMLElement {
  const { layer, find, score, order, least, count } = controls;
  const named = (name: string, control: HTMLElement) => make("label", {}, name, control);
  const scores = data.columns.length
    ? [named("score", score), named("at least", least), named("order by", order)]
    : [];
  return make(
    "div",
    { class: "cb-bar-line" },
    named("layer", layer),
    named("find", find),
    ...scores,
    count,
  );
}

/** Returns a thumbnail for each head, not drawn yet. */
export function headThumbnails(data: PageData): HTMLElement[] {
  return data.layers.flatMap(() =>
    Array.from(
      { length: data.heads },
      () =>
        make(
          "div",
          { role: "option", tabindex: -1, "aria-selected": "false", class: "cb-head" },
          pictureOf(data, 46, true),
          make("span"),
        ),
    )
  );
}

/**
 * Draws the thumbnails layer by layer, the first ones on the page first, without blocking the page.
 */
export function drawThumbnails(state: AttentionState, after: (work: () => void) => void): void {
  const { heads } = state.data;
  const waiting = new Set(state.data.layers.keys());
  const next = () => {
    const layer =
      state.order.map((head) => Math.floor(head / heads)).find((layer) => waiting.has(layer)) ??
        [...waiting][0];
    if (layer === undefined) return;
    waiting.delete(layer);
    for (let head = layer * heads; head < (layer + 1) * heads; head++) {
      drawHead(state, head, state.thumbnails[head].querySelector("canvas")!);
    }
    after(next);
  };
  next();
}

/** Returns a score short enough to stand below a thumbnail. */
export function shortScore(score: number): string {
  return Math.abs(score) < 0.001 ? "0" : formatNumber(score, 2);
}

/** Shows the heads that pass the filters, in the order that the controls say. */
export function arrangeHeads(
  state: AttentionState,
  list: HTMLElement,
  controls: HeadControls,
): void {
  const { data, thumbnails } = state;
  const column = Math.max(0, data.columns.indexOf(controls.score.value));
  const score = (head: number) => data.scores[head]?.[column] ?? null;
  state.order = headsAsked(state, controls, score);
  const byLayer = controls.order.value === "layer" || !data.columns.length;
  if (!byLayer) {
    const sign = controls.order.value === "highest first" ? -1 : 1;
    state.order.sort((a, b) =>
      Number(score(a) === null) - Number(score(b) === null) || sign * (score(a)! - score(b)!)
    );
  }
  const rows = byLayer && state.order.length === thumbnails.length;
  // Thumbnails are 54 pixels wide, 3 apart; 14 pixels are frame and scroll bar. In a narrow page
  // fewer stand side by side.
  list.style.gridTemplateColumns = "repeat(auto-fill,54px)";
  list.style.maxWidth = rows
    ? `${57 * data.heads * Math.max(1, Math.floor(18 / data.heads)) + 14}px`
    : "none";
  for (const head of state.order) {
    const value = score(head);
    thumbnails[head].lastElementChild!.textContent = headName(state, head) +
      (value === null ? "" : `\n${shortScore(value)}`);
    thumbnails[head].setAttribute(
      "aria-label",
      [headName(state, head), scoresInWords(state, head)].filter(Boolean).join(": "),
    );
  }
  list.replaceChildren(...state.order.map((head) => thumbnails[head]));
  controls.count.textContent = `${state.order.length} of ${thumbnails.length} heads`;
  reachThumbnail(state, state.order.includes(state.head) ? state.head : state.order[0]);
}

/** Returns the heads that pass the filters, in the order of layers. */
export function headsAsked(
  state: AttentionState,
  { layer, find, least }: HeadControls,
  score: (head: number) => number | null,
): number[] {
  const { data } = state;
  const words = find.value.trim().toLowerCase();
  const smallest = least.value.trim() === "" ? null : Number(least.value);
  const matches = (head: number) => {
    const own = Math.floor(head / data.heads);
    if (layer.value !== "all" && String(data.layers[own]) !== layer.value) return false;
    if (smallest !== null && !((score(head) ?? -Infinity) >= smallest)) return false;
    const names = [
      headName(state, head),
      `${data.layers[own]}.${head % data.heads}`,
      data.words[head] ?? "",
    ];
    return words === "" || names.some((name) => name.toLowerCase().includes(words));
  };
  return [...state.thumbnails.keys()].filter(matches);
}

/** Makes the Tab key reach the thumbnail of a head. */
export function reachThumbnail(state: AttentionState, head: number | undefined): void {
  if (head === undefined) return;
  reachOnly(state.thumbnails, state.reached, head);
  state.reached = head;
}

/** Moves the focus among the thumbnails; returns whether the key does that. */
export function moveAmongHeads(state: AttentionState, from: number, key: string): boolean {
  const shown = state.order.map((head) => state.thumbnails[head]);
  const columns = shown.filter((thumbnail) => thumbnail.offsetTop === shown[0].offsetTop).length;
  const to = indexAfterKey(key, state.order.indexOf(from), shown.length, columns);
  if (to === undefined) return false;
  reachThumbnail(state, state.order[to]);
  shown[to].focus();
  return true;
}
