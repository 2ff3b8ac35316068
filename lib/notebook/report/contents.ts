import { escape } from "deno-std/html/mod.js";

/** A heading of a page. */
interface Heading {
  readonly depth: number;
  readonly id: string;
  readonly text: string;
}

/** The fewest headings for which a page has a list of contents. */
const FEWEST = 2;

/** The headings of a page, each with an id of its own, to which links lead. */
export class Headings {
  readonly #taken: Set<string>;
  readonly #list: Heading[] = [];

  /**
   * Creates the headings of a page.
   *
   * @param taken the ids that other elements of the page have.
   */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /**
   * Adds a heading.
   *
   * @param depth the level of the heading, from 1.
   * @param text the heading as plain text.
   * @returns the id of the heading: its words in lower case with hyphens.
   */
  add(depth: number, text: string): string {
    const words = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
    const id = this.#free(words || "section");
    this.#taken.add(id);
    this.#list.push({ depth, id, text });
    return id;
  }

  /**
   * Returns the sections and their parts as a list of links; the empty string for a page of one
   * section.
   */
  contents(): string {
    const items = this.#list.filter(({ depth }) => depth === 2 || depth === 3);
    if (items.length < FEWEST) return "";
    const links = items.map(({ depth, id, text }) =>
      `<li class="depth-${depth}"><a href="#${encodeURIComponent(id)}">${escape(text)}</a></li>`
    );
    return `<nav class="contents" aria-label="Contents"><b>Contents</b><ol>${
      links.join("")
    }</ol></nav>`;
  }

  #free(words: string): string {
    let id = words;
    for (let n = 2; this.#taken.has(id); n++) id = `${words}-${n}`;
    return id;
  }
}
