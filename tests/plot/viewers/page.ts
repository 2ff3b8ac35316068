import { parseHTML } from "linkedom";
import type { plot } from "circuitbook";

/**
 * A viewer drawn by its own inlined script, in a document that has nothing but what the script
 * itself brings.
 */
export class Page {
  readonly root: HTMLElement;
  private readonly window: ReturnType<typeof parseHTML>;

  constructor(drawing: plot.Drawing) {
    this.window = parseHTML(`<!doctype html><html><body>${drawing.html}</body></html>`);
    const { document } = this.window;
    this.root = document.querySelector(".cb-viewer") as unknown as HTMLElement;
    const script = [...document.querySelectorAll("script")].at(-1)!;
    const page = {
      currentScript: script,
      createElement: (tag: string) => document.createElement(tag),
    };
    new Function("document", script.textContent ?? "")(page);
  }

  all(selector: string): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(selector)];
  }

  texts(selector: string): string[] {
    return this.all(selector).filter((element) => !element.hidden).map((element) =>
      element.textContent ?? ""
    );
  }

  /** Which of the elements that a selector finds Tab reaches. */
  reached(selector: string): number[] {
    return this.all(selector).flatMap((element, i) =>
      element.getAttribute("tabindex") === "0" ? [i] : []
    );
  }

  /** What a user does to an element: "mouseover", "click", "keydown" with a key. */
  does(element: HTMLElement, type: string, key?: string): void {
    const event = new this.window.Event(type, { bubbles: true });
    if (key) Object.assign(event, { key });
    element.dispatchEvent(event);
  }
}

/** The data that a viewer's page gets. */
export function dataOf<Data>({ html }: plot.Drawing): Data {
  const json = parseHTML(html).document.querySelector('script[type="application/json"]')!;
  return JSON.parse(json.textContent ?? "") as Data;
}
