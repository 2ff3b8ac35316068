import { parseHTML } from "linkedom";

/** The elements of a picture that a selector finds. */
export function select(html: string, selector: string): Element[] {
  return [
    ...parseHTML(`<!doctype html><html><body>${html}</body></html>`).document.querySelectorAll(
      selector,
    ),
  ];
}

/** The text of each of these elements. */
export function texts(html: string, selector: string): string[] {
  return select(html, selector).map((element) => element.textContent ?? "");
}
