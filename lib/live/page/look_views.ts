/** Attention and lens at the chosen token, in the library's own viewers. @module */
import { visibleToken } from "../../plot/parts/text.ts";
import { startAttention } from "../../plot/viewers/browser/attention.ts";
import { startLens } from "../../plot/viewers/browser/lens.ts";
import { make } from "../../plot/viewers/browser/page.ts";
import type { Look } from "../live_model.ts";
import type { LiveContent } from "../messages.ts";

/** The two viewers. */
export class LookViews {
  /** The element of both. */
  readonly root: HTMLElement;
  readonly #title = make("h2", {}, "Inside the text");
  readonly #lens = make("div");
  readonly #attention = make("div");
  readonly #colours: LiveContent["colours"];

  /** @param colours the colours of viewers. */
  constructor(colours: LiveContent["colours"]) {
    this.#colours = colours;
    this.root = make(
      "section",
      { class: "look" },
      this.#title,
      make(
        "p",
        { class: "note" },
        "A click on a token above looks into it. The lens reads the residual stream after each layer as if it were the last: what would come next?",
      ),
      make("h3", {}, "Logit lens"),
      this.#lens,
      make("h3", {}, "Attention"),
      this.#attention,
    );
  }

  /** Draws the viewers of one token. */
  show({ position, lens, attention }: Look, piece: string): void {
    this.#title.replaceChildren(
      "Inside the text at ",
      make("code", {}, visibleToken(piece)),
      ` (token ${position})`,
    );
    this.#lens.replaceChildren(framed((root) => startLens(root, lens)));
    this.#attention.replaceChildren(
      framed((root) => startAttention(root, { ...attention, ...this.#colours })),
    );
  }
}

/**
 * Returns a viewer in the frame that gives viewers their look. A viewer measures its element, so it
 * starts after the element is in the page.
 */
function framed(start: (root: HTMLElement) => void): HTMLElement {
  const root = make("div", { class: "cb-viewer cb-open", role: "group" });
  const figure = make("figure", { class: "cb" }, root);
  queueMicrotask(() => start(root));
  return figure;
}
