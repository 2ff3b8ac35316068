/** The lens viewer in the page: the panel with the tokens of one cell. @module */
import { formatNumber } from "../../parts/text.ts";
import type { LensData } from "../lens_data.ts";
import {
  cellInWords,
  type LensState,
  type PanelParts,
  probabilityIn,
  tokensOf,
} from "./lens_state.ts";
import { make } from "./page.ts";

/** Returns an empty panel with `most` lines for the tokens of a cell. */
export function lensPanel(data: LensData, most: number): PanelParts {
  const place = make("div", { class: "cb-place", "aria-live": "polite" });
  const choices = Array.from({ length: most }, choiceLine);
  const asked = data.asked.map(choiceLine);
  const hint = make("p", {});
  const list = make("div", {
    class: "cb-listed",
    role: "group",
    "aria-label": "tokens of the cell: press one to colour the grid by it",
  });
  list.append(...choices);
  const root = make("div", { class: "cb-panel" }, place, list);
  if (asked.length) {
    const group = make(
      "div",
      { role: "group", "aria-label": "tokens asked for" },
      make("p", {}, "asked for:"),
      ...asked,
    );
    root.append(group);
  }
  root.append(hint);
  return { root, place, choices, asked, hint };
}

/** Returns a button with a token, a bar and a number. */
export function choiceLine(): HTMLButtonElement {
  return make(
    "button",
    { type: "button", class: "cb-choice" },
    make("span", { class: "cb-token" }),
    make("span", { "aria-hidden": "true" }, make("i")),
    make("span", { class: "cb-number" }),
  );
}

/** Lists the tokens of the shown cell in the panel. */
export function fillPanel(state: LensState): void {
  const { panel, data, shown } = state;
  const tokens = tokensOf(state, shown);
  panel.place.textContent = cellInWords(state, shown);
  panel.choices.forEach((button, rank) => {
    button.hidden = rank >= tokens.length;
    if (!button.hidden) fillChoice(state, button, tokens[rank].token, tokens[rank].probability);
  });
  panel.asked.forEach((button, i) => {
    fillChoice(state, button, data.asked[i], probabilityIn(state, shown, data.asked[i]) ?? 0);
  });
  panel.hint.textContent = state.kept
    ? "Click a token to colour the grid by it. Esc: the list follows the pointer again."
    : "Click a cell to keep its list here, then a token to colour the grid by its probability.";
}

/** Writes a token with its probability into its line. */
export function fillChoice(
  state: LensState,
  button: HTMLButtonElement,
  token: number,
  probability: number,
): void {
  const [name, bar, number] = button.children;
  const text = state.data.vocabulary[token];
  name.textContent = text;
  (bar.firstElementChild as HTMLElement).style.width = `${(100 * (probability || 0)).toFixed(1)}%`;
  number.textContent = formatNumber(probability);
  button.dataset.token = String(token);
  button.title = text;
  button.setAttribute("aria-pressed", String(state.chosen === token));
}
