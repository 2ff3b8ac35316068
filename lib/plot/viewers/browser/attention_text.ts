/** The attention viewer in the page: the row of one query over the text. @module */
import { formatNumber } from "../../parts/text.ts";
import { type AttentionState, rowOf, tokenAt } from "./attention_state.ts";
import { indexAfterKey, make, strength } from "./page.ts";

/** The elements that show the row of a query. */
export interface TextParts {
  /** The text. */
  readonly text: HTMLElement;
  /** A span for each token. */
  readonly pieces: readonly HTMLElement[];
  /** The list of the keys that get most attention. */
  readonly most: HTMLElement;
}

/** Returns the text, token by token. Tokens that are queries can be selected. */
export function textParts({ data }: Pick<AttentionState, "data">): TextParts {
  const queries = new Set(data.shape.positions);
  const pieces = data.pieces.map((piece, position) =>
    make("span", {
      class: "cb-piece",
      ...queries.has(position)
        ? { role: "option", tabindex: -1, "aria-selected": "false" }
        : { "aria-hidden": "true" },
      "aria-label": `${data.names[position]} (${position})`,
    }, piece)
  );
  const label = "the text: choose a query token with the arrow keys to see what it looks at";
  const text = make("div", { class: "cb-text", role: "listbox", "aria-label": label }, ...pieces);
  return { text, pieces, most: make("div", { class: "cb-most", "aria-live": "polite" }) };
}

/** Shades the text by the attention of a query, and lists the keys that get most of it. */
export function showQuery(state: AttentionState, { pieces, most }: TextParts, query: number): void {
  const { positions } = state.data.shape;
  const own = (index: number) => pieces[positions[index]];
  own(state.query).classList.remove("cb-query");
  for (const [name, value] of [["tabindex", "-1"], ["aria-selected", "false"]]) {
    own(state.query).setAttribute(name, value);
  }
  state.query = query;
  own(query).classList.add("cb-query");
  for (const [name, value] of [["tabindex", "0"], ["aria-selected", "true"]]) {
    own(query).setAttribute(name, value);
  }
  const row = rowOf(state, query);
  pieces.forEach((piece, key) => {
    piece.style.backgroundColor = attentionColour(row[key]);
    const gets = row[key] || Number.isNaN(row[key]) ? ` gets ${formatNumber(row[key], 2)}` : "";
    piece.title = tokenAt(state, key) + gets;
  });
  const keys = [...row.keys()].filter((key) => row[key] > 0).sort((a, b) => row[b] - row[a]).slice(
    0,
    8,
  );
  const told = keys.map((key) =>
    make(
      "li",
      {},
      make("span", { class: "cb-token" }, tokenAt(state, key)),
      ` ${formatNumber(row[key], 2)}`,
    )
  );
  const rest = 1 - row.reduce((sum, value) => sum + value, 0);
  const more = rest > 0.02
    ? ` (${Math.round(100 * rest)} % of its attention is too thin to show)`
    : "";
  most.replaceChildren(
    make("b", { class: "cb-token" }, tokenAt(state, positions[query])),
    row.some(Number.isNaN)
      ? " has attention NaN"
      : keys.length
      ? ` looks at${more}`
      : ` looks at nothing strongly${more}`,
    make("ol", {}, ...told),
  );
}

/** Returns the colour behind a token that gets some attention; none for zero. */
export function attentionColour(value: number): string {
  if (Number.isNaN(value)) return "rgba(var(--cb-nan),0.5)";
  return value ? `rgba(var(--cb-blue),${strength(value)})` : "";
}

/** Returns the query that a key of the keyboard leads to; `undefined` for other keys. */
export function queryAfterKey({ data, query }: AttentionState, key: string): number | undefined {
  const sideways: Record<string, string> = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight" };
  const count = data.shape.positions.length;
  return indexAfterKey(sideways[key] ?? key, query, count, count);
}
