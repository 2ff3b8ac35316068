import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ansiToHtml } from "../../../lib/notebook/report/ansi.ts";
import { document } from "../../../lib/notebook/report/page.ts";
import { scriptsIn } from "../../../lib/notebook/report/policy.ts";
import { summaryElement, summaryIn } from "../../../lib/notebook/report/summary.ts";
import { writeIndex } from "../../../lib/notebook/report/write.ts";
import { plot } from "circuitbook";
import { withNotebooks } from "../fixture.ts";

const command = join(import.meta.dirname!, "../../../lib/commands/report.ts");

async function report(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", command, "--notebooks", folder, "--reports", folder, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const claim = (id: string, figure: string) =>
  `import { notebook } from "circuitbook";
const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 3 };
const fixed = { kind: "own", unit: "share", control: "chance", criterion: { above: 0.5 } } as const;
const words = { statement: "t", statistic: "right results", figure: "${figure}" };
notebook.ledger("P", { S: { "${id}": { ...fixed, ...words } } }, run)
  .test("${id}", { value: 0.9, low: 0.8, high: 0.95, n: 40 }).claims;`;

Deno.test("a report run writes a page for each notebook, an index and all claims; one that throws fails it, the others run", async () => {
  const notebooks = {
    "01-bad": ["# Bad one", "const x = 1;\nnull!.x;"],
    "02-good": [
      "# Good *one*\n\nAbout $x^2$.",
      claim("good", "cell-1"),
      "Deno.jupyter.svg`<svg><circle r='4'/></svg>`",
    ],
  };
  await withNotebooks(notebooks, async (folder) => {
    const first = await report(folder);
    assertEquals(first.code, 1);
    assertMatch(
      first.stderr,
      /01-bad\.ipynb, cell 2, line 2: TypeError: Cannot read properties of null.*`null!\.x;`/,
    );
    const page = await Deno.readTextFile(join(folder, "02-good.html"));
    assert(
      page.includes("<title>Good one</title>") && page.includes("<circle") &&
        page.includes("<math"),
    );
    assert(!/(?:src|href)="?(?:https?:)?\/\//.test(page), "the page opens without a network");
    const claims = JSON.parse(await Deno.readTextFile(join(folder, "claims.json")));
    assertEquals(claims.map(({ notebook, id }: Record<string, string>) => [notebook, id]), [[
      "02-good",
      "good",
    ]]);
    const index = await Deno.readTextFile(join(folder, "index.html"));
    assert(index.includes("stopped: cell 2, line 2"));
    assert(
      index.includes("1 of our own: 1 replicates") && index.includes("SHA-256 h, in f32, commit c"),
    );
    assert(index.includes('href="02-good.html#cell-1"') && page.includes('<section id="cell-1">'));

    await Deno.remove(join(folder, "01-bad.ipynb"));
    const second = await report(folder, "02-good", "--model", "some/model");
    assertEquals(second.code, 0, second.stderr);
    const [again] = JSON.parse(await Deno.readTextFile(join(folder, "claims.json")));
    assertEquals([again.model, again.hash, again.commit, again.seed], ["m", "h", "c", 3]);
    assertEquals([again.unit, again.kind, again.figure], ["share", "own", "cell-1"]);
  });
});

Deno.test("--model and --base reach the notebook's kernel", async () => {
  const cell =
    `["MODEL", "BASE"].map((name) => Deno.env.get("CIRCUITBOOK_" + name)).join(" from ")`;
  await withNotebooks({ "04-both": ["# Both", cell] }, async (folder) => {
    const { code, stderr } = await report(folder, "--model", "some/tuned", "--base", "some/base");
    assertEquals(code, 0, stderr);
    assert(
      (await Deno.readTextFile(join(folder, "04-both.html"))).includes("some/tuned from some/base"),
    );
    const empty = await report(folder, "--base", "");
    assertEquals(empty.code, 1);
    assertMatch(empty.stderr, /Expected a value after --base/);
  });
});

Deno.test("a claim whose figure is no cell fails the report, and names the nearest cells", async () => {
  await withNotebooks({ "01-stray": ["# Stray", claim("a", "cell-9")] }, async (folder) => {
    const { code, stderr } = await report(folder);
    assertEquals(code, 1);
    assertMatch(stderr, /the figure of "a" .* no cell with the id "cell-9"; the nearest are cell-/);
  });
});

Deno.test("a notebook that is not there is refused with the nearest names", async () => {
  await withNotebooks({ "00-tour": ["1"] }, async (folder) => {
    const { code, stderr } = await report(folder, "00-tuor");
    assertEquals([code, stderr.trim()], [
      1,
      'Expected the name of a notebook but found "00-tuor"; the nearest are 00-tour.',
    ]);
  });
});

Deno.test("terminal colours become classes and other sequences go", () => {
  assertEquals(
    ansiToHtml("\x1b[31mred <b>\x1b[39m\x1b[2K x"),
    '<span class="ansi-red">red &lt;b&gt;</span> x',
  );
});

const summary = (name: string) => ({
  notebook: name,
  title: name,
  introduction: "",
  model: null,
  seconds: 1,
  failure: null,
  claims: [],
});

Deno.test("a torn page is named, and the index holds the other reports", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const torn = '<script type="application/json" id="circuitbook-summary">{"notebook":"b","tit';
    await Deno.writeTextFile(join(folder, "a.html"), document("a", [summaryElement(summary("a"))]));
    await Deno.writeTextFile(join(folder, "b.html"), torn);
    await Deno.writeTextFile(join(folder, "c.html"), "<p>not a report</p>");
    const complaints = await writeIndex(["a", "b", "c", "d"], folder);
    assertEquals(complaints, [
      `Expected a whole report in ${
        join(folder, "b.html")
      } but found a damaged page; run its notebook again, or delete the file.`,
    ]);
    assert((await Deno.readTextFile(join(folder, "index.html"))).includes('href="a.html"'));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a page allows the scripts of viewers by their hashes, and nothing else", async () => {
  const rows = [{
    layer: 0,
    position: 0,
    token: "</script><script>alert(1)</script>",
    probability: 1,
  }];
  const { html } = plot.lensViewer(rows, ["a"]);
  const scripts = scriptsIn(html);
  assertEquals(scripts.length, 1, "the data of the viewer is no script");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(scripts[0]));
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/;
  const allowed = policy.exec(document("a", [html], scripts))![1].replaceAll("&#39;", "'");
  assert(
    allowed.includes(`script-src 'sha256-${new Uint8Array(digest).toBase64()}';`) &&
      allowed.startsWith("default-src 'none';") && !/unsafe-eval|http|\*/.test(allowed),
    allowed,
  );
  assert(policy.exec(document("a", [html]))![1].includes("script-src &#39;none&#39;"));
});

Deno.test("a summary comes back from its page, whatever it says", () => {
  const hostile = { ...summary("a"), title: "</script><script>alert(1)</script>" };
  assertEquals(summaryIn(document("a", [summaryElement(hostile)]), "a.html"), hostile);
});

Deno.test("a report goes on after a section that the model cannot take part in, and counts its claims", async () => {
  const cells = [
    "# Skips",
    `import { Abilities, notebook } from "circuitbook";
const abilities = new Abilities().note("a", { what: "four legs", there: false, found: "two" });
const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 3 };
const fixed = { kind: "source", unit: "legs", control: "none", criterion: { above: 3 } } as const;
const legs = { ...fixed, statement: "It has four.", statistic: "legs", figure: "cell-1" };
const notes = notebook.ledger("S", { Legs: { legs } }, run);`,
    "## Legs",
    `notes.section("Legs", abilities, "a");`,
    `notes.test("legs", { value: 4, low: 4, high: 4, n: 1 });`,
    "## Claims",
    "notes.claims;",
  ];
  await withNotebooks({ "01-skips": cells }, async (folder) => {
    const { code, stdout, stderr } = await report(folder);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /1 of sources: 1 cannot be tested/);
    const page = await Deno.readTextFile(join(folder, "01-skips.html"));
    assert(page.includes("<b>Skipped.</b> This section needs four legs; found: two."));
    assert(
      page.includes(`class="skipped">`) && page.includes("cannot be tested"),
    );
    const [claim] = JSON.parse(await Deno.readTextFile(join(folder, "claims.json")));
    assertEquals([claim.id, claim.verdict, claim.value], ["legs", "cannot be tested", undefined]);
    assert(!Object.values(claim).includes(null));
    const index = await Deno.readTextFile(join(folder, "index.html"));
    assert(index.includes("1 of sources: 1 cannot be tested"));
  });
});
