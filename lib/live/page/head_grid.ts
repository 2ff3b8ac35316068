/** The grid of heads: a click silences a head. @module */
import { headName } from "../../base/one_line.ts";
import { indexAfterKey, make, reachOnly } from "../../plot/viewers/browser/page.ts";

/** A head, as [layer, head]. */
type Head = readonly [layer: number, head: number];

/** The data of the grid. */
export interface HeadGridOptions {
  /** How many layers the model has. */
  readonly layers: number;
  /** How many heads each layer has. */
  readonly heads: number;
  /** The verification heads, which are marked. */
  readonly verifiers: readonly Head[];
}

/** A button for each head, layers from top to bottom. */
export class HeadGrid {
  /** The element of the grid and of the buttons around it. */
  readonly root: HTMLElement;
  readonly #options: HeadGridOptions;
  readonly #onChange: (silenced: Head[], always: boolean) => void;
  readonly #buttons: HTMLButtonElement[];
  readonly #when: HTMLSelectElement;
  readonly #all: HTMLButtonElement;
  readonly #marked: ReadonlySet<number>;
  #silenced = new Set<number>();
  #reached = 0;
  #last: number | undefined;

  /**
   * @param options the sizes, and the heads that are marked.
   * @param onChange called with the silenced heads when the reader has changed them.
   */
  constructor(options: HeadGridOptions, onChange: (silenced: Head[], always: boolean) => void) {
    this.#options = options;
    this.#onChange = onChange;
    const { layers, heads, verifiers } = options;
    this.#marked = new Set(verifiers.map((head) => this.#indexOf(head)));
    this.#buttons = Array.from({ length: layers * heads }, (_, i) => this.#button(i));
    this.#when = make(
      "select",
      { "aria-label": "when the heads are silenced" },
      make("option", { value: "judging" }, "while it judges a result"),
      make("option", { value: "always" }, "at every token"),
    );
    const verifying = make("button", { type: "button" }, "Silence the marked heads");
    this.#all = make("button", { type: "button" }, "All heads on");
    this.#when.addEventListener("change", () => this.#tell());
    this.#all.addEventListener("click", () => this.#set([]));
    verifying.addEventListener("click", () => this.#set([...this.#marked]));
    this.root = make(
      "div",
      { class: "heads" },
      make("h2", {}, "Heads"),
      this.#table(),
      make(
        "div",
        { class: "line" },
        ...verifiers.length ? [verifying] : [],
        this.#all,
      ),
      // Without verification heads, heads are silenced at every token.
      ...verifiers.length
        ? [make("p", { class: "line" }, make("label", {}, "Silenced ", this.#when))]
        : [],
      make(
        "p",
        { class: "note" },
        verifiers.length
          ? "A click silences a head. Dots mark the verification heads, which a search has found: the model judges its results with them."
          : "A click silences a head at every token.",
      ),
    );
  }

  /** The head that was clicked last, if any. */
  get last(): Head | undefined {
    return this.#last === undefined ? undefined : this.#headAt(this.#last);
  }

  /** Shows which heads are silenced. */
  show(silenced: readonly Head[], always: boolean): void {
    this.#silenced = new Set(silenced.map((head) => this.#indexOf(head)));
    this.#when.value = always ? "always" : "judging";
    this.#draw();
  }

  #table(): HTMLElement {
    const { layers, heads } = this.#options;
    const grid = make("div", {
      class: "head-grid",
      role: "group",
      "aria-label": "heads by layer; arrow keys move, Enter silences",
      style: `--heads:${heads}`,
    });
    grid.append(
      make("span", { class: "axis" }, "layer"),
      ...Array.from({ length: heads }, (_, head) => make("span", { class: "axis" }, `H${head}`)),
    );
    for (let layer = 0; layer < layers; layer++) {
      grid.append(
        make("span", { class: "axis" }, String(layer)),
        ...this.#buttons.slice(layer * heads, (layer + 1) * heads),
      );
    }
    grid.addEventListener("keydown", (event) => {
      const next = indexAfterKey(event.key, this.#reached, this.#buttons.length, heads);
      if (next === undefined) return;
      event.preventDefault();
      this.#reach(next);
      this.#buttons[next].focus();
    });
    return grid;
  }

  #button(index: number): HTMLButtonElement {
    const button = make("button", { type: "button", class: "head", tabindex: index ? -1 : 0 });
    if (this.#marked.has(index)) button.classList.add("verifier");
    button.addEventListener("click", () => {
      this.#reach(index);
      this.#last = index;
      const silenced = new Set(this.#silenced);
      if (!silenced.delete(index)) silenced.add(index);
      this.#set([...silenced]);
    });
    return button;
  }

  #reach(index: number): void {
    reachOnly(this.#buttons, this.#reached, index);
    this.#reached = index;
  }

  #set(silenced: readonly number[]): void {
    this.#silenced = new Set(silenced);
    this.#draw();
    this.#tell();
  }

  #tell(): void {
    const silenced = [...this.#silenced].sort((a, b) => a - b).map((index) => this.#headAt(index));
    this.#onChange(silenced, this.#when.value === "always");
  }

  #draw(): void {
    this.#buttons.forEach((button, index) => {
      const [layer, head] = this.#headAt(index);
      const isSilenced = this.#silenced.has(index);
      button.setAttribute("aria-pressed", String(isSilenced));
      const name = headName(layer, head) + (this.#marked.has(index) ? ", verification head" : "");
      button.title = isSilenced ? `${name}: silenced` : name;
      button.setAttribute("aria-label", `silence ${name}`);
    });
    this.#all.disabled = this.#silenced.size === 0;
  }

  #headAt(index: number): Head {
    const { heads } = this.#options;
    return [Math.floor(index / heads), index % heads];
  }

  #indexOf([layer, head]: Head): number {
    return layer * this.#options.heads + head;
  }
}
