import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ansiToHtml } from "../../lib/notebook/report/ansi.ts";
import { markdownToHtml, titleOf } from "../../lib/notebook/report/markdown.ts";
import { withNotebooks } from "./fixture.ts";

const command = join(import.meta.dirname!, "../../lib/commands/report.ts");

async function report(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", command, "--notebooks", folder, "--reports", folder, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const claim = (id: string) =>
  `import { notebook } from "circuitbook";
notebook.claims([{ id: "${id}", source: "s", statement: "t", sourceValue: 1, value: 1, n: 3, interval: null, holds: true, why: "w" }])`;

Deno.test("a report run writes a page for each notebook, an index and all claims; one that throws fails it, the others run", async () => {
  const notebooks = {
    "01-bad": ["# Bad one", "const x = 1;\nnull!.x;"],
    "02-good": [
      "# Good *one*\n\nAbout $x^2$.",
      claim("good"),
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
    assert(index.includes("stopped: cell 2, line 2") && index.includes("1 of 1 claims hold"));

    await Deno.remove(join(folder, "01-bad.ipynb"));
    const second = await report(folder, "02-good", "--model", "some/model");
    assertEquals(second.code, 0, second.stderr);
    const [again] = JSON.parse(await Deno.readTextFile(join(folder, "claims.json")));
    assertEquals(again.model, "some/model");
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
    assertMatch(empty.stderr, /Expected a model after --base/);
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

Deno.test("terminal colours become classes and other sequences go", () => {
  assertEquals(
    ansiToHtml("\x1b[31mred <b>\x1b[39m\x1b[2K x"),
    '<span class="ansi-red">red &lt;b&gt;</span> x',
  );
});
