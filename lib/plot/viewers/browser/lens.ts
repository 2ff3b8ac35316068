/** The lens viewer in the page: the grid. @module */
import { formatNumber } from "../../parts/text.ts";
import type { LensData } from "../lens_data.ts";
import { fillPanel, lensPanel } from "./lens_panel.ts";
import { cellInWords, dataCell, type LensState, probabilityIn, tokensOf } from "./lens_state.ts";
import { bytesOf, indexAfterKey, make, ramp, reachOnly, shortsOf, strength } from "./page.ts";

/** Draws the viewer into its element. */
export function startLens(root: HTMLElement, data: LensData): void {
  const counts = bytesOf(data.counts);
  const starts = [0];
  counts.forEach((count, i) => starts.push(starts[i] + count));
  const { table, cells } = lensTable(data);
  const first = dataCell({ data }, data.selected);
  const panel = lensPanel(data, Math.max(...counts));
  const key = make("div", { class: "cb-bar-line", "aria-live": "polite" });
  const state: LensState = {
    data,
    table,
    cells,
    starts,
    entries: shortsOf(data.listed),
    exact: shortsOf(data.exact),
    panel,
    key,
    shown: first,
    reached: first,
    kept: false,
  };
  const main = make("div", { class: "cb-main" }, table);
  root.append(key, make("div", { class: "cb-side" }, main, panel.root));
  if (data.note) root.append(make("p", { class: "cb-note" }, data.note));
  cells.forEach((_, i) => nameCell(state, i));
  listenToLens(root, state);
  reachOnly(cells, state.shown, state.shown);
  showCell(state, state.shown);
  colourLens(state, undefined);
}

/** Returns the grid: the first layer at the bottom, the tokens of the text above the columns. */
export function lensTable(
  data: LensData,
): { table: HTMLTableElement; cells: HTMLTableCellElement[] } {
  const corner = make("th", { scope: "col", class: "cb-corner" }, "layer");
  const tokens = data.text.map((token, i) =>
    make("th", { scope: "col", title: `${token} (position ${data.positions[i]})` }, token)
  );
  const cells: HTMLTableCellElement[] = [];
  const rows = data.layers.toReversed().map((layer) => {
    const own = data.positions.map(() => make("td", { role: "gridcell", tabindex: -1 }));
    cells.push(...own);
    return make("tr", {}, make("th", { scope: "row" }, String(layer)), ...own);
  });
  const head = make("thead", {}, make("tr", {}, corner, ...tokens));
  const label =
    "top token of each layer at each position; arrow keys move, Enter colours by the token, Escape goes back";
  const table = make(
    "table",
    { class: "cb-lens", role: "grid", "aria-label": label },
    head,
    make("tbody", {}, ...rows),
  );
  return { table, cells };
}

/** Writes the top token of a cell. */
export function nameCell(state: LensState, index: number): void {
  const [top] = tokensOf(state, index);
  if (top) state.cells[index].textContent = state.data.vocabulary[top.token];
}

/** Lists the tokens of a cell in the panel. */
export function showCell(state: LensState, index: number): void {
  state.cells[state.shown].classList.remove("cb-shown");
  state.cells[index].classList.add("cb-shown");
  state.shown = index;
  fillPanel(state);
}

/**
 * Colours the grid by the probability of one token, or by the probability of the top token of each
 * cell.
 */
export function colourLens(state: LensState, token: number | undefined): void {
  state.chosen = token;
  const values = state.cells.map((_, i) =>
    token === undefined ? tokensOf(state, i)[0]?.probability : probabilityIn(state, i, token)
  );
  const highest = token === undefined ? 1 : Math.max(1e-9, ...values.map((value) => value || 0));
  state.table.classList.toggle("cb-chosen", token !== undefined);
  state.cells.forEach((cell, i) => {
    const value = values[i];
    cell.style.setProperty("--cb-share", String(strength((value || 0) / highest)));
    cell.classList.toggle("cb-nan", Number.isNaN(value));
    cell.classList.toggle("cb-unknown", value === undefined);
  });
  fillKey(state, highest, values);
  fillPanel(state);
}

/**
 * Names a cell for screen readers when they reach it: naming 10,000 cells at once would take a
 * second.
 */
export function describeCell(state: LensState, index: number): void {
  const { chosen, data, cells } = state;
  const token = chosen ?? tokensOf(state, index)[0]?.token;
  const value = token === undefined ? undefined : probabilityIn(state, index, token);
  const known = value === undefined ? "not listed" : formatNumber(value, 2);
  const what = chosen === undefined ? "" : `, ${data.vocabulary[chosen]}`;
  cells[index].setAttribute(
    "aria-label",
    `${cellInWords(state, index)}: ${cells[index].textContent}${what} ${known}`,
  );
}

/** Explains the colours, with a button that goes back. */
export function fillKey(
  state: LensState,
  highest: number,
  values: readonly (number | undefined)[],
): void {
  const { key, chosen, data } = state;
  const nan = values.some(Number.isNaN) ? [make("span", {}, "magenta: NaN")] : [];
  if (chosen === undefined) {
    key.replaceChildren(
      make("span", {}, "colour: probability of each cell's top token"),
      ramp("blue", "1"),
      ...nan,
    );
    return;
  }
  const back = make("button", { type: "button" }, "back (Esc)");
  back.addEventListener("click", () => colourLens(state, undefined));
  const name = make(
    "span",
    {},
    "colour: probability of",
    make("b", { class: "cb-token" }, data.vocabulary[chosen]),
  );
  key.replaceChildren(name, ramp("orange", formatNumber(highest, 2)), ...nan, back);
  if (values.includes(undefined)) {
    key.append(make("span", { class: "cb-soft" }, "grey: not among the tokens listed there"));
  }
}

/** Listens to pointer and keyboard. */
export function listenToLens(root: HTMLElement, state: LensState): void {
  const places = new Map<EventTarget, number>(state.cells.map((cell, i) => [cell, i]));
  const at = (event: Event) => places.get((event.target as HTMLElement).closest("td") ?? root);
  state.table.addEventListener("mouseover", (event) => {
    const index = at(event);
    if (index !== undefined && !state.kept) showCell(state, index);
  });
  state.table.addEventListener("click", (event) => {
    const index = at(event);
    if (index !== undefined) keepCell(state, index, !(state.kept && state.shown === index));
  });
  state.table.addEventListener("focusin", (event) => {
    const index = at(event);
    if (index !== undefined && (event.target as HTMLElement).matches(":focus-visible")) {
      keepCell(state, index, true);
    }
  });
  state.table.addEventListener("keydown", (event) => {
    const index = at(event);
    if (index !== undefined) pressInCell(state, index, event);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (state.chosen !== undefined) colourLens(state, undefined);
    else keepCell(state, state.shown, false);
  });
  state.panel.root.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("button[data-token]");
    if (button) chooseToken(state, Number(button.dataset.token));
  });
}

/** Shows a cell and keeps it in the panel, or lets the panel follow the pointer again. */
export function keepCell(state: LensState, index: number, kept: boolean): void {
  state.kept = kept;
  reachOnly(state.cells, state.reached, index);
  state.reached = index;
  describeCell(state, index);
  showCell(state, index);
}

/** Colours the grid by a token, or goes back if the grid has this colour already. */
export function chooseToken(state: LensState, token: number): void {
  state.kept = true;
  colourLens(state, state.chosen === token ? undefined : token);
}

/**
 * Handles a key: arrows move, Enter and the space bar colour the grid by the top token of the cell.
 */
export function pressInCell(state: LensState, index: number, event: KeyboardEvent): void {
  const to = indexAfterKey(event.key, index, state.cells.length, state.data.positions.length);
  if (to !== undefined) {
    keepCell(state, to, true);
    state.cells[to].focus();
  } else if (event.key === "Enter" || event.key === " ") {
    const [top] = tokensOf(state, index);
    if (top) chooseToken(state, top.token);
  } else return;
  event.preventDefault();
}
