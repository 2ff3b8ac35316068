import katex from "katex";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import { highlighted } from "./code.ts";

/** Where a picture of a markdown text is: a data URL, or `undefined` when it cannot be put into the page. */
export type FindPicture = (href: string) => string | undefined;

/**
 * Markdown as HTML: GitHub's dialect, with mathematics between `$` or `$$` as MathML and pictures as data URLs, so that the
 * page needs nothing else. A picture that `findPicture` does not find becomes a link.
 */
export function markdownToHtml(
  markdown: string,
  findPicture: FindPicture = () => undefined,
): string {
  const marked = new Marked({
    extensions: [blockMath, inlineMath],
    renderer: {
      code: ({ text, lang }) => `<pre class="source">${highlighted(text, lang)}</pre>`,
      image({ href, text }) {
        const source = href.startsWith("data:") ? href : findPicture(href);
        return source
          ? `<img src="${source}" alt="${attribute(text)}">`
          : `<a href="${attribute(href)}">${text || href}</a>`;
      },
    },
  });
  return marked.parse(markdown, { async: false });
}

/** The text of the first heading of level 1, without markup; `undefined` when there is none. */
export function titleOf(markdown: string): string | undefined {
  const heading = new Marked().lexer(markdown).find((token) =>
    token.type === "heading" && token.depth === 1
  );
  return heading && "text" in heading ? plainText(heading.text) : undefined;
}

/** The first paragraph, as markdown; `undefined` when there is none. */
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

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
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

/** A `$` opens before a character and closes after one, and not before a digit: prices stay prices (Pandoc's rule). */
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
