import { assert, assertEquals } from "@std/assert";
import { markdownToHtml, titleOf } from "../../../lib/notebook/report/markdown.ts";
import { select } from "../../plot/parse.ts";

Deno.test("prose keeps prices, draws mathematics as MathML and pictures as data", () => {
  const html = markdownToHtml(
    "From $5 to $6: $W_O$ ![a](a.png)",
    (href) => `data:image/png;base64,${href.length}`,
  );
  assert(
    html.includes("From $5 to $6:") && html.includes("<math") &&
      html.includes('src="data:image/png;base64,5"'),
  );
  assertEquals(titleOf("text\n\n# A `hook_z` *title*"), "A hook_z title");
});

const LINKS = [
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](<java\tscript:alert(1)>)",
  "[x](javascript&#58;alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](javascript&#x3a;alert(1))",
  "[x](<\u0001javascript:alert(1)>)",
  "[x](vbscript:x)",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x][y]\n\n[y]: javascript:alert(1)",
  "<javascript:alert(1)>",
  "![x](javascript:alert(1))",
  "![x](data:text/html,a)",
];

Deno.test("no link of a markdown text runs anything", () => {
  for (const markdown of LINKS) {
    const html = markdownToHtml(markdown);
    for (const link of select(html, "[href], [src]")) {
      const target = link.getAttribute("href") ?? link.getAttribute("src")!;
      assert(!/^\s*(?:java|vb)script:|^data:/i.test(target), `${markdown} became ${html}`);
    }
  }
});

Deno.test("links to pages, places in the page and addresses stay", () => {
  for (const href of ["https://arxiv.org/abs/1?a=1&b=2", "#top", "other.html", "mailto:a@b.c"]) {
    assertEquals(select(markdownToHtml(`[x](${href})`), "a")[0].getAttribute("href"), href);
  }
});

Deno.test("markdown breaks out of no attribute, and its HTML is text", () => {
  const hostile = [
    '<img src=x onerror="alert(1)">',
    "</title><script>alert(1)</script>",
    '![a](<data:,\\" onerror=alert(1) x=\\">)',
    '![a](<data:image/png;base64,A" onerror=alert(1) x=">)',
    '![" onerror=alert(1) x="](a.png)',
    '[x](<a" onmouseover=alert(1) x=">)',
    '[x](a "t\\" onmouseover=alert(1) x=\\"")',
    '<div\n\nonclick="alert(1)">',
    "```x\" onclick='alert(1)'\ncode\n```",
    "$\\href{javascript:alert(1)}{x}$",
    '$\\htmlData{a" onclick="alert(1)=1}{x}$',
  ];
  const find = () => 'data:image/png;base64,A" onerror="alert(1)';
  for (const markdown of hostile) {
    for (const html of [markdownToHtml(markdown), markdownToHtml(markdown, find)]) {
      assertEquals(select(html, "script").length, 0, html);
      for (const element of select(html, "*")) {
        const handlers = [...element.attributes].map(({ name }) => name).filter((name) =>
          /^on/i.test(name)
        );
        assertEquals(handlers, [], `${markdown} became ${html}`);
      }
    }
  }
});
