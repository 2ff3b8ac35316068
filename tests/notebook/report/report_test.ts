import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { readHistory } from "../../../lib/notebook/report/history.ts";
import { ansiToHtml } from "../../../lib/notebook/report/ansi.ts";
import { document } from "../../../lib/notebook/report/page.ts";
import { scriptsIn } from "../../../lib/notebook/report/policy.ts";
import { summaryElement, summaryIn } from "../../../lib/notebook/report/summary.ts";
import { writeIndex } from "../../../lib/notebook/report/write.ts";
import { plot } from "circuitbook";
import { notebookText, withNotebooks } from "../fixture.ts";

const command = join(import.meta.dirname!, "../../../lib/commands/report.ts");

async function report(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", command, "--notebooks", folder, "--reports", folder, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The claims of a folder of reports. */
function claimsIn(folder: string): Record<string, unknown>[] {
  return JSON.parse(Deno.readTextFileSync(join(folder, "claims.json")));
}

const claim = (id: string, figure: string) =>
  `import { notebook } from "circuitbook";
const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 3 };
const fixed = { kind: "own", unit: "share", control: "chance", criterion: { above: 0.5 } } as const;
const words = { statement: "t", statistic: "right results", figure: "${figure}" };
notebook.ledger("P", { S: { "${id}": { ...fixed, ...words } } }, run)
  .test("${id}", { value: 0.9, low: 0.8, high: 0.95, n: 40 }).claims;`;

/** Cells of a section that a model cannot take part in, and the claim that it leaves untested. */
const SKIPPED = [
  `import { Abilities } from "circuitbook";
const abilities = new Abilities().note("a", { what: "four legs", there: false, found: "two" });
const legs = { ...fixed, kind: "source", unit: "legs", control: "none", criterion: { above: 3 },
  statement: "It has four.", statistic: "legs", figure: "cell-1" } as const;
const notes = notebook.ledger("S", { Legs: { legs } }, run);`,
  "## Legs",
  `notes.section("Legs", abilities, "a");`,
  `notes.test("legs", { value: 4, low: 4, high: 4, n: 1 });`,
  "## Claims",
  "notes.claims;",
];

/** The threads of each of two notebooks; a test may run with fewer than all cores. */
const THREADS = Number(Deno.env.get("CIRCUITBOOK_THREADS")) ||
  Math.max(1, Math.floor(navigator.hardwareConcurrency / 2));

// One test, because each notebook that runs starts a kernel and loads the library.
Deno.test("a report run writes a page for each notebook, an index and all claims; one that throws fails it, the others run; a section that the model cannot take part in is skipped; --model and --base reach the kernel", async () => {
  const variables =
    `["MODEL", "BASE"].map((name) => Deno.env.get("CIRCUITBOOK_" + name)).join(" from ")`;
  const notebooks = {
    "01-bad": ["# Bad one", "const x = 1;\nnull!.x;"],
    "02-good": [
      "# Good *one*\n\nAbout $x^2$.",
      claim("good", "cell-1"),
      "Deno.jupyter.svg`<svg><circle r='4'/></svg>`",
      variables,
      `"threads: " + Deno.env.get("CIRCUITBOOK_THREADS")`,
      ...SKIPPED,
    ],
  };
  await withNotebooks(notebooks, async (folder) => {
    const first = await report(folder, "--jobs", "2");
    assertEquals(first.code, 1);
    assertMatch(
      first.stderr,
      /01-bad\.ipynb, cell 2, line 2: TypeError: Cannot read properties of null.*`null!\.x;`/,
    );
    const page = await Deno.readTextFile(join(folder, "no-model", "02-good.html"));
    assert(
      page.includes("<title>Good one</title>") && page.includes("<circle") &&
        page.includes("<math"),
    );
    assert(!/(?:src|href)="?(?:https?:)?\/\//.test(page), "the page opens without a network");
    const claims = claimsIn(folder);
    assertEquals(claims.map(({ notebook, id }) => [notebook, id]), [
      ["02-good", "good"],
      ["02-good", "legs"],
    ]);
    const index = await Deno.readTextFile(join(folder, "index.html"));
    assert(index.includes("stopped: cell 2, line 2"));

    assertMatch(first.stdout, /2 notebooks run side by side/);
    assertEquals((await readHistory(folder)).entries.map(({ threads }) => threads), [
      THREADS,
      THREADS,
    ]);
    assert(page.includes(`threads: ${THREADS}`), "the kernel has its share of the cores");
    assertMatch(first.stdout, /1 of sources: 1 cannot be tested/);
    assert(page.includes("<b>Skipped.</b> This section needs four legs; found: two."));
    assert(page.includes(`class="skipped">`) && page.includes("cannot be tested"));
    const [, legs] = claims;
    assertEquals([legs.verdict, legs.value], ["cannot be tested", undefined]);
    assertEquals([legs.interval, legs.n, legs.own], [undefined, undefined, undefined]);
    assert(index.includes("1 of sources: 1 cannot be tested"));
    assert(
      index.includes("1 of our own: 1 replicates"),
    );
    assert(
      index.includes('href="no-model/02-good.html#cell-1"') &&
        page.includes('<section id="cell-1">'),
    );

    await Deno.remove(join(folder, "01-bad.ipynb"));
    const asked = ["--model", "some/model", "--base", "some/base"];
    const second = await report(folder, "02-good", ...asked);
    assertEquals(second.code, 0, second.stderr);
    assertMatch(
      second.stderr,
      /02-good\.ipynb to load some\/model but found that it calls notebook\.model/,
    );
    assert(
      (await Deno.readTextFile(join(folder, "no-model", "02-good.html"))).includes(
        "some/model from some/base",
      ),
    );
    const { entries } = await readHistory(folder);
    assertEquals(entries.map(({ model }) => model), [null, null, null]);
    const [again] = claimsIn(folder);
    assert(!Object.values(again).includes(null), "a notebook without a base has no null");
    assertEquals([again.model, again.hash, again.commit, again.seed], ["m", "h", "c", 3]);
    assertEquals([again.unit, again.kind, again.figure], ["share", "own", "cell-1"]);
    const pages = new Set(claimsIn(folder).map(({ page }) => page));
    assertEquals([...pages], ["no-model/02-good.html"]);
  });
});

Deno.test("--base without a value is refused", async () => {
  const empty = await report("notebooks", "--base", "");
  assertEquals(empty.code, 1);
  assertMatch(empty.stderr, /Expected a value after --base/);
});

Deno.test("a claim whose figure is no cell fails the report, and names the nearest cells", async () => {
  await withNotebooks({ "01-stray": ["# Stray", claim("a", "cell-9")] }, async (folder) => {
    const { code, stderr } = await report(folder);
    assertEquals(code, 1);
    assertMatch(stderr, /the figure of "a" .* no cell with the id "cell-9"; the nearest are cell-/);
  });
});

Deno.test("a notebook is found by its number; one that is not there is refused with the nearest names", async () => {
  await withNotebooks({ "00-tour": ["1"], "01-a": ["1"], "01-b": ["1"] }, async (folder) => {
    assertEquals((await report(folder, "00")).code, 0);
    assertMatch(
      (await report(folder, "01")).stderr,
      /"01" begins the names 01-a, 01-b; write more/,
    );
    assert((await Deno.stat(join(folder, "no-model", "00-tour.html"))).isFile);
    const { code, stderr } = await report(folder, "00-tuor");
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^Expected the name or the file of a notebook but found "00-tuor"; the nearest are 00-tour/,
    );
    const elsewhere = await report(folder, "/no/such/folder/00-tour.ipynb");
    assertEquals(elsewhere.code, 1);
    assertMatch(elsewhere.stderr, /^Expected a notebook at \/no\/such\/folder\/00-tour\.ipynb/);
  });
});

Deno.test("terminal colours become classes and other sequences go", () => {
  assertEquals(
    ansiToHtml("\x1b[31mred <b>\x1b[39m\x1b[2K x"),
    '<span class="ansi-red">red &lt;b&gt;</span> x',
  );
});

const summary = (name: string) => ({
  run: "2026-01-01T00:00:00.000Z",
  date: "2026-01-01T00:00:00.000Z",
  notebook: name,
  notebookHash: "0",
  folder: "m",
  asked: { model: null, base: null, adapter: null, ignoreConfig: null },
  model: null,
  hash: null,
  ignored: [],
  base: null,
  device: null,
  dtype: null,
  commit: "c",
  versions: null,
  seed: null,
  title: name,
  introduction: "",
  threads: null,
  seconds: 1,
  failure: null,
  claims: [],
});

Deno.test("a torn page is named, and the index holds the other reports", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const torn = '<script type="application/json" id="circuitbook-summary">{"notebook":"b","tit';
    const write = (name: string, text: string) => Deno.writeTextFile(join(folder, "m", name), text);
    await Deno.mkdir(join(folder, "m"));
    await write("a.html", document("a", [summaryElement(summary("a"))]));
    await write("b.html", torn);
    await write("c.html", "<p>not a report</p>");
    const complaints = await writeIndex(["a", "b", "c", "d"], folder);
    assertEquals(complaints, [
      `Expected a whole report in ${
        join(folder, "m", "b.html")
      } but found a damaged page; run its notebook again, or delete the file.`,
    ]);
    assert((await Deno.readTextFile(join(folder, "index.html"))).includes('href="m/a.html"'));
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
  const allowed = policy.exec(document("a", [html], { scripts }))![1].replaceAll("&#39;", "'");
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

Deno.test("each model has a folder of its own, and the history keeps what each run was", async () => {
  const measured = [
    "# Measured",
    `import * as cb from "circuitbook";
const model = await cb.notebook.model("max-of-list");
const run = await cb.notebook.runOf(model, { seed: 5 });`,
    claim("sure", "cell-1").replace(/const run = .*\n/, "").replace(/import .*\n/, "")
      .replaceAll("notebook.ledger", "cb.notebook.ledger"),
  ];
  await withNotebooks({ "01-sure": measured }, async (folder) => {
    const own = await report(folder);
    assertEquals(own.code, 0, own.stderr);
    const seventh = await report(folder, "--model", "max-of-list-seeds/7");
    assertEquals(seventh.code, 0, seventh.stderr);
    const weights = "data/models/max-of-list/model.safetensors";
    const hash = createHash("sha256").update(await Deno.readFile(weights)).digest("hex");
    const file = await Deno.readFile(join(folder, "01-sure.ipynb"));
    const notebookHash = createHash("sha256").update(file).digest("hex");

    const { entries, complaints } = await readHistory(folder);
    assertEquals(complaints, []);
    assertEquals(entries.map(({ folder }) => folder), ["max-of-list", "max-of-list-seeds--7"]);
    const [{ run, date, commit, seconds, ...entry }] = entries;
    assert(run <= date && commit.length > 0 && seconds > 0);
    assertEquals(entry, {
      notebook: "01-sure",
      notebookHash,
      folder: "max-of-list",
      asked: { model: null, base: null, adapter: null, ignoreConfig: null },
      model: "max-of-list",
      hash,
      ignored: [],
      base: null,
      device: "cpu",
      dtype: "f32",
      versions: {
        circuitbook: JSON.parse(await Deno.readTextFile("deno.json")).version,
        deno: Deno.version.deno,
        onnxruntime: "1.30.0",
      },
      seed: 5,
      threads: Number(Deno.env.get("CIRCUITBOOK_THREADS")) || null,
      failure: null,
      claims: [{
        id: "sure",
        statement: "t",
        verdict: "replicates",
        value: 0.9,
        interval: [0.8, 0.95],
        n: 40,
        unit: "share",
        figure: "cell-1",
      }],
    });

    const [first, second] = claimsIn(folder);
    assertEquals(
      [first.page, second.page],
      ["max-of-list/01-sure.html", "max-of-list-seeds--7/01-sure.html"],
    );
    assertEquals([first.hash, first.device, first.notebookHash], [hash, "cpu", notebookHash]);
    assertEquals([first.run, first.seconds, first.versions], [run, seconds, entry.versions]);
    assert(first.hash !== second.hash);

    await Deno.writeTextFile(
      join(folder, "01-sure.ipynb"),
      (await Deno.readTextFile(join(folder, "01-sure.ipynb"))).replace("import *", "null!.x; $&"),
    );
    assertEquals((await report(folder)).code, 1);
    const last = (await readHistory(folder)).entries.at(-1)!;
    assertEquals([last.folder, last.model], ["max-of-list", null], "a run that fails early");
    assertMatch(last.failure!, /^cell 2, line 1: TypeError/);
  });
});

Deno.test("a report says which attributes of config.json it ignored, and ignores them in whichever model has them", async () => {
  const cells = [
    "# Compared",
    `import * as cb from "circuitbook";
const model = await cb.notebook.model("max-of-list");
const base = await cb.notebook.baseModel("max-of-list");`,
    claim("sure", "cell-1").replace(/import .*\n/, "")
      .replaceAll("notebook.ledger", "cb.notebook.ledger"),
  ];
  await withNotebooks({ "01-compared": cells }, async (folder) => {
    await withAttribute("logit_scale", async (odd) => {
      const args = ["--model", odd, "--base", "max-of-list", "--ignore-config", "logit_scale"];
      const { code, stderr } = await report(folder, ...args);
      assertEquals(code, 0, stderr);
      const { entries: [{ asked, ignored, base }] } = await readHistory(folder);
      assertEquals([asked.ignoreConfig, ignored, base?.ignored], [
        "logit_scale",
        ["logit_scale"],
        [],
      ]);
      const [{ page, ...facts }] = claimsIn(folder);
      assertEquals(facts.ignored, ["logit_scale"]);
      const text = await Deno.readTextFile(join(folder, page as string));
      assert(text.includes("<code>config.json</code> without logit_scale"));
    });
  });
});

/** Runs a test with a copy of an embedded model that has one attribute more. */
async function withAttribute(
  name: string,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const from = "data/models/max-of-list";
  try {
    for (const file of ["model.safetensors", "tokenizer.json"]) {
      await Deno.copyFile(join(from, file), join(folder, file));
    }
    const config = JSON.parse(await Deno.readTextFile(join(from, "config.json")));
    await Deno.writeTextFile(
      join(folder, "config.json"),
      JSON.stringify({ ...config, [name]: 1 }),
    );
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a notebook outside the repository is reported beside itself, and finds the library", async () => {
  const folder = await Deno.makeTempDir({ prefix: "own folder " });
  try {
    const cell = `import * as cb from "circuitbook";
import * as study from "circuitbook/studies/max_of_list";
[typeof cb.loadModel, typeof study.othersAt].join(" and ");`;
    await Deno.writeTextFile(join(folder, "mine.ipynb"), notebookText(["# Mine", cell]));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", command, "mine.ipynb"],
      env: { NO_COLOR: "1", INIT_CWD: folder },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const page = await Deno.readTextFile(join(folder, "reports/no-model/mine.html"));
    assert(page.includes("function and function"), page);
    const index = await Deno.readTextFile(join(folder, "reports/index.html"));
    assert(index.includes('href="no-model/mine.html"'));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
