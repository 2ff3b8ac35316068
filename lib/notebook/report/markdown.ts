import { escape } from "deno-std/html/mod.js";
import katex from "katex";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import { highlighted } from "./code.ts";
import type { Headings } from "./contents.ts";
import { pictureUrl, safeLink } from "./links.ts";

/**
 * Returns the data URL of a picture that a markdown text names, or `undefined` if the page cannot
 * hold the picture.
 */
export type FindPicture = (href: string) => string | undefined;

/**
 * Returns markdown as HTML: GitHub's dialect, with mathematics between `$` or `$$` as MathML.
 * Pictures become data URLs, so that the page loads nothing. A picture that `findPicture` does not
 * find becomes a link. With `headings`, each heading gets an id and a link to itself.
 *
 * The result runs nothing: HTML in the markdown is shown as text, and a link that would run a
 * script is shown without its address.
 */
export function markdownToHtml(
  markdown: string,
  findPicture: FindPicture = () => undefined,
  headings?: Headings,
): string {
  const marked = new Marked({
    extensions: [blockMath, inlineMath],
    renderer: {
      code: ({ text, lang }) => `<pre class="source">${highlighted(text, lang)}</pre>`,
      html: ({ text }) => escape(text),
      heading({ depth, text, tokens }) {
        const html = this.parser.parseInline(tokens);
        if (headings === undefined) return `<h${depth}>${html}</h${depth}>\n`;
        const id = headings.add(depth, plainText(text));
        const anchor = `<a class="anchor" href="#${
          encodeURIComponent(id)
        }" aria-label="Link to this section">#</a>`;
        return `<h${depth} id="${escape(id)}">${html} ${anchor}</h${depth}>\n`;
      },
      image({ href, text }) {
        const source = pictureUrl(href.startsWith("data:") ? href : findPicture(href) ?? "");
        return source
          ? `<img src="${escape(source)}" alt="${escape(text)}">`
          : linkHtml(href, escape(text || href));
      },
      link({ href, tokens }) {
        return linkHtml(href, this.parser.parseInline(tokens));
      },
    },
  });
  return marked.parse(markdown, { async: false });
}

/**
 * Returns the text of the first heading of level 1 without markup, or `undefined` if there is none.
 */
export function titleOf(markdown: string): string | undefined {
  const heading = new Marked().lexer(markdown).find((token) =>
    token.type === "heading" && token.depth === 1
  );
  return heading && "text" in heading ? plainText(heading.text) : undefined;
}

/** Returns the first paragraph as markdown, or `undefined` if there is none. */
export function firstParagraphOf(markdown: string): string | undefined {
  const paragraph = new Marked().lexer(markdown).find((token) => token.type === "paragraph");
  return paragraph?.raw.trim();
}

function plainText(markdown: string): string {
  return markdown.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*`]|\b_|_\b/g, "").replace(
    /\s+/g,
    " ",
  ).trim();
}

/** A link around HTML, or the HTML alone if the link would run something. */
function linkHtml(href: string, html: string): string {
  const target = safeLink(href);
  return target === undefined ? html : `<a href="${escape(target)}">${html}</a>`;
}

const blockMath: TokenizerAndRendererExtension = {
  name: "blockMath",
  level: "block",
  start: (source) => source.indexOf("$$"),
  tokenizer(source) {
    const match = source.match(/^\$\$([\s\S]+?)\$\$[^\S\n]*(?:\n|$)/);
    return match ? { type: "blockMath", raw: match[0], text: match[1].trim() } : undefined;
  },
  renderer: ({ text }) => `<p>${mathematics(text, true)}</p>\n`,
};

/**
 * Pandoc's rule: an opening `$` stands before a character that is not a space, a closing `$` after
 * one and not before a digit, so that prices stay prices.
 */
const inlineMath: TokenizerAndRendererExtension = {
  name: "inlineMath",
  level: "inline",
  start: (source) => source.indexOf("$"),
  tokenizer(source) {
    const match = source.match(/^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/);
    return match ? { type: "inlineMath", raw: match[0], text: match[1] } : undefined;
  },
  renderer: ({ text }) => mathematics(text, false),
};

function mathematics(tex: string, displayMode: boolean): string {
  return katex.renderToString(tex, { displayMode, output: "mathml", throwOnError: false });
}
