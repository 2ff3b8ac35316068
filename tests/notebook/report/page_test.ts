import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { Notebook } from "../../../lib/notebook/notebook_file.ts";
import { findings } from "../../../lib/notebook/claims/findings.ts";
import { notebookPage } from "../../../lib/notebook/report/page.ts";
import { findBrowser, printPdf } from "../../../lib/notebook/report/pdf.ts";
import { scriptsIn } from "../../../lib/notebook/report/policy.ts";
import type { Summary } from "../../../lib/notebook/report/summary.ts";
import { plot } from "circuitbook";
import { select } from "../../plot/parse.ts";
import { entry } from "./entries.ts";

const summary: Summary = { ...entry(), title: "A page", introduction: "", claims: [] };

const prose = (id: string, source: string) => ({ cell_type: "markdown" as const, id, source });

const code = (id: string, source: string, ...displayed: object[]) => ({
  cell_type: "code" as const,
  id,
  source,
  outputs: displayed.map((value) => ({
    output_type: "display_data" as const,
    data: (value as plot.Drawing)[plot.jupyterDisplay](),
  })),
});

const cells: Notebook["cells"] = [
  prose("title", "# A page\n\nWhat is asked."),
  code("setup", "const a = 1;", findings([])),
  prose("heads", "## The heads\n\n### Which\n\ntext"),
  code("fig", "draw();", new plot.Drawing("<p>drawn</p>", "drawn")),
  prose("more", "## The heads\n\n## Ends & *aims*"),
];

const page = notebookPage({ nbformat: 4, cells }, summary);

Deno.test("findings stand under the title, before the prose, and not a second time", () => {
  const places = ["<h1", 'class="circuitbook-findings"', "What is asked."].map((text) =>
    page.indexOf(text, page.indexOf("</style>\n<nav"))
  );
  assert(places.every((place) => place > 0));
  assertEquals(places, places.toSorted((a, b) => a - b));
  assertEquals(page.match(/<b>Findings<\/b>/g)?.length, 1);
});

Deno.test("each heading has an anchor of its own, which no cell has, and the contents lead there", () => {
  const ids = select(page, "[id]").map((element) => element.getAttribute("id"));
  assertEquals(new Set(ids).size, ids.length, `each id once: ${ids}`);
  const links = select(page, ".contents a").map((link) => link.getAttribute("href"));
  assertEquals(links, ["#the-heads", "#which", "#the-heads-2", "#ends-aims"]);
  for (const link of links) assert(ids.includes(link!.slice(1)), link!);
});

Deno.test("code is folded, and one switch, which the policy allows, opens all of it", () => {
  assertEquals(select(page, "details.code").map((fold) => fold.hasAttribute("open")), [
    false,
    false,
  ]);
  assertEquals(select(page, "button#all-code").length, 1);
  assertEquals(scriptsIn(page).length, 1);
  assertMatch(page, /script-src &#39;sha256-[^&]+&#39;;/);
});

Deno.test("the code of a cell that failed is open", () => {
  const failure = { cell: 3, ename: "TypeError", evalue: "no", traceback: [] };
  const failed = notebookPage({ nbformat: 4, cells }, summary, { failure });
  assertEquals(select(failed, "details.code").map((fold) => fold.hasAttribute("open")), [
    false,
    true,
  ]);
});

const browser = await findBrowser();

Deno.test({
  name: "a page is printed to a PDF file where a browser is there",
  ignore: browser === undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [html, pdf] = ["a page.html", "a page.pdf"].map((name) => join(folder, name));
      await Deno.writeTextFile(html, page);
      await printPdf(browser!, html, pdf);
      assertEquals((await Deno.readTextFile(pdf)).slice(0, 5), "%PDF-");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "no browser is found where there is none",
  ignore: Deno.build.os !== "linux",
  fn: async () => assertEquals(await findBrowser("/nowhere:"), undefined),
});

Deno.test("only an output that shows a live page opens the policy for frames", () => {
  const policyOf = (html: string) => {
    const cell = code("cell", "show();", new plot.Drawing(html, "text"));
    return notebookPage({ nbformat: 4, cells: [cell] }, summary)
      .match(/Content-Security-Policy" content="([^"]*)"/)![1];
  };
  const frame = '<iframe src="live.html"></iframe>';
  const live = `<details class="circuitbook-live"><summary>a</summary>${frame}</details>`;
  assertMatch(policyOf(live), /frame-src /);
  for (const html of [frame, `<p class="circuitbook-live">${frame}</p>`, "<p>none</p>"]) {
    assert(!/frame-src/.test(policyOf(html)), html);
  }
});
