import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { layerComplaints } from "../../lib/commands/check/layers.ts";
import { cellsModule } from "../../lib/notebook/cells_module.ts";
import { notebookFormatComplaints } from "../../lib/commands/check/notebook_format.ts";
import { outputComplaints } from "../../lib/commands/check/notebook_outputs.ts";
import { parseNotebook } from "../../lib/notebook/notebook_file.ts";
import { notebookText } from "../notebook/fixture.ts";

const path = "/notes/a b.ipynb";

function moduleOf(...cells: string[]) {
  return cellsModule(parseNotebook(notebookText(cells), path), path);
}

Deno.test("cells become nested blocks, so that a later cell may declare a name again", () => {
  const { path, text } = moduleOf("const a = 1;", "# prose", "const a = '2';\na;");
  assertEquals(path, "/notes/.a b.cells.ts");
  assertEquals(text, "{\nconst a = 1;\n{\nconst a = '2';\na;\n}}\nexport {};\n");
});

Deno.test("imports go to the top, and a name imported again only once", () => {
  const { text } = moduleOf(
    'import { a } from "m";\na;',
    'import {\n  a,\n  b,\n} from "m";\nimport "n";\nawait b(a);',
  );
  assertEquals(
    text.split("\n{\n")[0],
    'import { a } from "m";\nimport {\n    \n  b,\n} from "m";\nimport "n";',
  );
  assertStringIncludes(text, "await b(a);");
});

Deno.test("messages are placed in the notebook by cell and line", () => {
  const { placed } = moduleOf("# prose", 'import { a } from "m";\n\na;');
  const message = "at file:///notes/.a%20b.cells.ts:5:3 and /notes/.a b.cells.ts:1:10";
  assertEquals(
    placed(message),
    `at ${path}, cell 2, line 3, column 3 and ${path}, cell 2, line 1, column 10`,
  );
});

Deno.test("a notebook with outputs is told, with the number of its cells that have some", async () => {
  const ran = JSON.parse(notebookText(["const a = 1;\na;", "a + 1;", "# prose"]));
  for (const cell of ran.cells.slice(0, 2)) {
    cell.outputs = [{ output_type: "stream", name: "stdout", text: "1" }];
  }
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "fresh.ipynb"), notebookText(["1 + 1;"]));
    await Deno.writeTextFile(join(folder, "ran.ipynb"), JSON.stringify(ran));
    const complaints = await outputComplaints(folder);
    assertEquals(complaints.map((complaint) => complaint.split(";")[0]), [
      "Expected no outputs in ran.ipynb but found outputs of 2 cells",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("notebooks that deno fmt would write otherwise are told, and no others", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "deno.json"), '{ "fmt": { "lineWidth": 120 } }');
    for (const [name, cell] of Object.entries({ good: "const a = 1;\na;", bad: "const a=1" })) {
      const notebook = JSON.parse(notebookText([cell, "# prose"]));
      notebook.metadata.language_info = { name: "typescript" };
      await Deno.writeTextFile(join(folder, `${name}.ipynb`), JSON.stringify(notebook));
    }
    const complaints = await notebookFormatComplaints(folder, join(folder, "deno.json"));
    assertEquals(complaints, [
      `Expected bad.ipynb as deno fmt writes it but found differences; run: deno fmt ${
        join(folder, "bad.ipynb")
      }`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the library keeps the order of its layers, and has no import cycle", async () => {
  assertEquals(await layerComplaints(join(import.meta.dirname!, "../../lib")), []);
});

Deno.test("imports upward and between studies, cycles, and Deno where the library must run anywhere are told", async () => {
  const files = {
    "base/a.ts": 'import { b } from "../model/b.ts";',
    "model/b.ts":
      'import {\n  type C,\n} from "./c.ts";\n/** Deno.cwd() in a comment is no use of it. */',
    "model/c.ts": 'export type * from "./b.ts";',
    "model/plan/d.ts": 'import type { E } from "../engine/e.ts";\nDeno.cwd();',
    "model/engine/e.ts": 'import { d } from "../plan/d.ts";',
    "probe/f.ts": 'import { b } from "../model/b.ts";\nimport { readFile } from "node:fs";',
    "studies/one/g.ts": 'import { h } from "../two/h.ts";',
    "studies/two/h.ts": 'import pl from "nodejs-polars";',
    "notebook/display.ts": 'import { f } from "../probe/f.ts";\nDeno.cwd();',
    "new_room/i.ts": 'import { f } from "../probe/f.ts";',
  };
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    const complaints = await layerComplaints(folder);
    const heads = complaints.map((complaint) => complaint.split(/,| uses|;/)[0]);
    assertEquals(heads, [
      "base/a.ts imports model/b.ts",
      "model/plan/d.ts",
      "model/plan/d.ts imports model/engine/e.ts",
      "new_room/i.ts lies in no known room",
      "probe/f.ts",
      "studies/one/g.ts imports studies/two/h.ts",
      "Import cycle: model/b.ts → model/c.ts → model/b.ts.",
      "Import cycle: model/engine/e.ts → model/plan/d.ts → model/engine/e.ts.",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("several declarations in one statement and spread literals are complaints of the linter", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const plugin = join(import.meta.dirname!, "../../lib/commands/check/style_rules.js");
    await Deno.writeTextFile(
      join(folder, "deno.json"),
      JSON.stringify({ lint: { plugins: [plugin] } }),
    );
    const code = [
      "const a = 1, b = 2;",
      "export const both = { ...{ a, b } };",
      "export const list = [...[a, b], ...both.a ? [b] : []];",
      "for (let i = 0, end = a + b; i < end; i++) console.log(i, { ...both });",
      `// ${"word ".repeat(19)}97`,
      `// ${"word ".repeat(20)}wide`,
      `/**\n * ${"word ".repeat(20)}wide\n */`,
      `// https://example.org/${"word".repeat(25)}`,
      `console.log("${"word ".repeat(25)}");`,
    ];
    await Deno.writeTextFile(join(folder, "packed.ts"), code.join("\n"));
    const args = ["lint", "--json", "packed.ts"];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    const { diagnostics } = JSON.parse(new TextDecoder().decode(stdout));
    const found = diagnostics.map((
      { code, range }: { code: string; range: { start: { line: number } } },
    ) => `${range.start.line}: ${code}`);
    assertEquals(found, [
      "1: style/one-declaration",
      "2: style/no-literal-spread",
      "3: style/no-literal-spread",
      "6: style/comment-width",
      "7: style/comment-width",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
