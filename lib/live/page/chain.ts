/** The text that the model writes, token by token, and its attempts. @module */
import { indexAfterKey, make, reachOnly } from "../../plot/viewers/browser/page.ts";
import type { Written, WrittenAttempt } from "../live_model.ts";

/** What a verdict says, in the words of the task. */
const VERDICTS = { this: "this works", not: "not", other: "other words" } as const;

/** The text and the list of its attempts. */
export class Chain {
  /** The element. */
  readonly root: HTMLElement;
  readonly #text = make("div", {
    class: "chain",
    role: "listbox",
    "aria-label": "tokens: arrow keys move, Enter looks into a token",
    "aria-orientation": "horizontal",
  });
  readonly #outcome = make("p", { class: "outcome", "aria-live": "polite" });
  readonly #before = make("p", { class: "before" });
  readonly #attempts = make("ol", { class: "attempts" });
  readonly #onChoose: (position: number) => void;
  #tokens: HTMLElement[] = [];
  #reached = 0;
  #chosen = 0;

  /** @param onChoose called with the position of a token that the reader has chosen. */
  constructor(onChoose: (position: number) => void) {
    this.#onChoose = onChoose;
    this.root = make("div", {}, this.#outcome, this.#before, this.#text, this.#attempts);
    this.#text.addEventListener("click", ({ target }) => {
      const at = this.#tokens.indexOf((target as HTMLElement).closest<HTMLElement>(".token")!);
      if (at >= 0) this.#onChoose(at);
    });
    this.#text.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Begins a new text after its prompt. */
  begin(prompt: string): void {
    this.#tokens = [];
    this.#reached = this.#chosen = 0;
    this.#outcome.textContent = this.#before.textContent = "";
    this.#attempts.replaceChildren();
    this.#text.replaceChildren(make("span", { class: "prompt" }, prompt));
    this.#text.setAttribute("aria-busy", "true");
  }

  /** Shows that the model no longer writes, because it has failed. */
  fail(): void {
    this.#text.removeAttribute("aria-busy");
  }

  /** Adds the text of a token while the model writes. */
  add(token: string): void {
    this.#text.append(token);
  }

  /**
   * Shows a whole text: the prompt grey, verdicts marked, every token to choose.
   *
   * @param written the text.
   * @param position the token whose attention and lens the page shows.
   * @param before what the model wrote without changes, in a sentence, if it is known.
   */
  show(written: Written, position: number, before: string | undefined): void {
    const { pieces, promptLength, attempts } = written;
    this.#text.removeAttribute("aria-busy");
    const verdicts = new Map(attempts.map((one) => [one.verdictPosition, one.verdict]));
    this.#tokens = pieces.map((piece, at) => {
      const token = make("span", { class: "token", role: "option", tabindex: -1 }, piece);
      token.setAttribute("aria-selected", "false");
      const verdict = verdicts.get(at);
      if (at < promptLength) token.classList.add("prompt");
      if (verdict) token.classList.add("verdict", verdict);
      return token;
    });
    this.#text.replaceChildren(...this.#tokens);
    this.#outcome.textContent = outcomeOf(attempts);
    this.#before.textContent = before === undefined ? "" : `Without these changes: ${before}`;
    this.#attempts.replaceChildren(...attempts.map(lineOf));
    this.#reached = this.#chosen = 0;
    this.choose(position);
  }

  /** Marks the token whose attention and lens the page shows. */
  choose(position: number): void {
    this.#tokens[this.#chosen]?.setAttribute("aria-selected", "false");
    this.#tokens[position]?.setAttribute("aria-selected", "true");
    this.#chosen = position;
    this.#reach(position);
  }

  #reach(position: number): void {
    reachOnly(this.#tokens, this.#reached, position);
    this.#reached = position;
  }

  #move(event: KeyboardEvent): void {
    const count = this.#tokens.length;
    if (count === 0) return;
    const next = indexAfterKey(event.key, this.#reached, count, count);
    if (event.key === "Enter" || event.key === " ") this.#onChoose(this.#reached);
    else if (next !== undefined && next !== this.#reached) {
      this.#reach(next);
      this.#tokens[next].focus();
    } else return;
    event.preventDefault();
  }
}

/** Returns the outcome of the problem, in a sentence. */
export function outcomeOf(attempts: readonly WrittenAttempt[]): string {
  const accepted = attempts.findLast(({ verdict }) => verdict === "this");
  if (accepted) {
    const { expression, stated, solves } = accepted;
    const right = solves ? "which solves the problem" : "which does not solve the problem";
    return `The model accepts ${expression} = ${stated}, ${right}.`;
  }
  const missed = attempts.find(({ solves, verdict }) => solves && verdict === "not");
  if (missed) {
    return `The model rejects ${missed.expression} = ${missed.stated}, which solves the problem.`;
  }
  return attempts.length ? "The model accepts no attempt." : "The text has no attempt.";
}

/**
 * Returns the verdict of the text on an attempt, in words, and whether the verdict is right, judged
 * by whether the expression solves the problem. Other words are neither right nor wrong.
 */
export function saidOf(
  { solves, verdict }: Pick<WrittenAttempt, "solves" | "verdict">,
): { text: string; isRight: boolean | undefined } {
  const text = verdict ? VERDICTS[verdict] : "no verdict";
  if (verdict !== "this" && verdict !== "not") return { text, isRight: undefined };
  const isRight = (verdict === "this") === solves;
  return { text: `${text}, ${isRight ? "rightly" : "wrongly"}`, isRight };
}

/** Returns an attempt as an item of the list. */
function lineOf(attempt: WrittenAttempt): HTMLElement {
  const { expression, stated, verdict } = attempt;
  const { text, isRight } = saidOf(attempt);
  const style = `said ${verdict ?? ""} ${isRight === false ? "wrong" : ""}`;
  return make("li", {}, `${expression} = ${stated}: `, make("span", { class: style }, text));
}
