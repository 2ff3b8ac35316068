import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { claimsIn } from "../../../lib/notebook/claims/claims.ts";
import { jupyterVariables, PYTHON } from "../../../lib/commands/repository.ts";
import {
  executeNotebook,
  type Execution,
  type ExecutionEvent,
} from "../../../lib/notebook/run/execute.ts";
import { failureText } from "../../../lib/notebook/report/page.ts";
import { type CellText, withNotebooks } from "../fixture.ts";

/** A run of a notebook, and its events. */
interface Run extends Execution {
  readonly events: readonly ExecutionEvent[];
}

/** Returns the run of a notebook of some cells. */
async function executed(cells: readonly CellText[]): Promise<Run> {
  const events: ExecutionEvent[] = [];
  const runs: Execution[] = [];
  await withNotebooks({ tiny: cells }, async (folder) => {
    const execution = await executeNotebook(join(folder, "tiny.ipynb"), {
      python: PYTHON,
      variables: { ...jupyterVariables(), CIRCUITBOOK_MODEL: "some/model" },
      onEvent: (event) => events.push(event),
    });
    runs.push(execution);
  });
  return { ...runs[0], events };
}

/**
 * A notebook whose cells all run: several tests read it, because starting a kernel takes longer
 * than the cells.
 */
const PARTS = {
  own: [
    "# A title",
    `import { Tensor } from "circuitbook";\nconst x = new Tensor(new Float32Array([1, 2]), { d_model: 2 });`,
    `const x2 = x.data[1] + 1;\n[Deno.env.get("CIRCUITBOOK_MODEL"), x2].join(" ")`,
    `import { notebook } from "circuitbook";\nnew notebook.Pace(0.5, { passes: 60 })`,
  ],
  frame: [
    `import "circuitbook";\nimport pl from "nodejs-polars";\nconst frame = pl.DataFrame({ n: Array.from({ length: 300 }, (_, i) => i / 3) });`,
    "frame",
    "frame.height",
  ],
  late: Array.from(
    { length: 40 },
    (_, i) => `await new Promise((done) => setTimeout(done)); console.log("p${i}");\n"v${i}"`,
  ),
  findings: [
    "# Findings",
    `import { notebook } from "circuitbook";
const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 3 };
const fixed = { kind: "source", unit: "share", control: "chance", figure: "claims", criterion: { above: 0.5 } } as const;
const part = notebook.ledger("Part I", { S: {
  first: { ...fixed, statement: "It <works>.", statistic: "right results", headline: {
    replicates: "It does <work>", contradicts: "It does not work", inconclusive: "It is open whether it works",
    numbers: ({ own, control }) => own + " of results are right (" + control + ")",
  } },
  second: { ...fixed, statement: "It is no headline.", statistic: "right results" },
  third: { ...fixed, statement: "It is a third.", statistic: "right results" },
} }, run);
part.showFindings();`,
    `part.test("first", { value: 0.9, low: 0.8, high: 0.95, n: 40 });`,
    `part.test("second", { value: 0.53, low: 0.501, high: 0.6, n: 40 });`,
    `part.test("third", { value: 0.53, low: 0.3, high: 0.7, n: 40 });`,
    "part.claims;",
  ],
  lacking: [
    "# Title",
    "const before = 1;",
    "## One\n\n### First part\n\n```sh\n# no heading\n```",
    `import { Abilities } from "circuitbook";\nnew Abilities().note("a", { what: "b", there: false, found: "c" }).require("a");`,
    "### Part of one",
    `throw new Error("not run");`,
    "## Two",
    "before + 41;",
  ],
} as const;

let whole: Promise<Run> | undefined;

/** Runs {@link PARTS} once, and returns the events of the run and the cells of one part. */
async function ranPart(name: keyof typeof PARTS) {
  whole ??= executed(Object.values(PARTS).flat());
  const { notebook, failure, events } = await whole;
  assertEquals(failure, undefined);
  const names = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const first = names.slice(0, names.indexOf(name)).flatMap((other) => PARTS[other]).length;
  const cells = notebook.cells.slice(first, first + PARTS[name].length);
  return { cells, events, notebook: { ...notebook, cells } };
}

Deno.test("a notebook runs in the kernel, with the library, its variables and the model it was asked for", async () => {
  const { cells, events } = await ranPart("own");
  const sentence =
    "One forward pass over 256 tokens takes 0.50 s. The notebook runs at full size, about 30 seconds.";
  assertEquals(events.filter(({ cell }) => cell < cells.length), [
    { event: "cell", cell: 1 },
    { event: "cell", cell: 2 },
    { event: "cell", cell: 3 },
    { event: "pace", cell: 3, sentence },
  ]);
  assert(JSON.stringify(cells[2]).includes("some/model 3"));
});

Deno.test("a cell that throws ends the run with its line as written, though the kernel runs other lines", async () => {
  const thrower =
    "// why\ninterface Only { a: number }\n\nconst only: Only = { a: 1 };\n\nthrow new TypeError(\n  `no ${only.a}`,\n);";
  const { notebook, failure } = await executed(["1 + 1", thrower, "2 + 2"]);
  assertEquals(
    failure && failureText(failure, notebook),
    "cell 2, line 6: TypeError: no 1, in `throw new TypeError(`",
  );
  assertEquals(notebook.cells[2].cell_type === "code" && notebook.cells[2].outputs, []);
});

Deno.test("an error deep in a library is placed at the line of the cell that called", async () => {
  const caller =
    `import { Tensor } from "circuitbook";\n\n\nconst deep = (n: number): Tensor =>\n  n ? deep(n - 1) : new Tensor(new Float32Array(1), { d_model: 2 });\nawait Promise.resolve();\ndeep(40);`;
  const { failure } = await executed([caller]);
  assertEquals(failure?.line, 7);
});

Deno.test("a cell that does not parse is told with the parser's message and line", async () => {
  const broken = "const a = 1;\n\nconst b = a +;";
  const { failure } = await executed([broken]);
  assertEquals([failure?.ename, failure?.evalue, failure?.line], [
    "SyntaxError",
    "Expression expected",
    3,
  ]);
});

Deno.test("a kernel that dies is told with the cell it died in", async () => {
  const { failure } = await executed(["1", "Deno.exit(3)"]);
  assertEquals([failure?.cell, failure?.ename], [1, "DeadKernelError"]);
});

Deno.test("a frame that is a cell's value is shown as a table with rounded numbers that says what it leaves out", async () => {
  const { cells } = await ranPart("frame");
  const [, drawn, height] = cells.map((cell) =>
    JSON.stringify(cell.cell_type === "code" && cell.outputs)
  );
  for (const words of ["0.333<", "300 rows × 1 column", "50 more rows"]) {
    assert(drawn.includes(words), `${words}: ${drawn.slice(0, 500)}`);
  }
  assert(height.includes("300"), height);
});

Deno.test("no output is lost, though the kernel calls itself idle before some have left", async () => {
  const { cells } = await ranPart("late");
  for (const [i, cell] of cells.entries()) {
    const outputs = JSON.stringify(cell.cell_type === "code" && cell.outputs);
    assert(outputs.includes(`p${i}`) && outputs.includes(`v${i}`), `cell ${i} has ${outputs}`);
  }
});

Deno.test("a section that lacks an ability is skipped up to the next heading of its level, and the run goes on", async () => {
  const { cells } = await ranPart("lacking");
  const skipped = cells.map(({ metadata }) =>
    (metadata as { circuitbook?: { skipped?: boolean } }).circuitbook?.skipped === true
  );
  assertEquals(skipped, [false, false, false, false, false, true, false, false]);
  assert(JSON.stringify(cells[3]).includes("This section needs b; found: c."));
  assert(JSON.stringify(cells[7]).includes("42"));
});

Deno.test("findings stand under the title, and are made of results that later cells measure", async () => {
  const { cells, notebook } = await ranPart("findings");
  const shown = JSON.stringify("outputs" in cells[1] && cells[1].outputs);
  assert(shown.includes("It does &lt;work&gt;: 90 % of results are right (chance)."), shown);
  assert(shown.includes("Replicates. Right results: 95 % interval 80 to 95, n 40."), shown);
  assert(!shown.includes("It is no headline.") && claimsIn(notebook).length === 3);
});

Deno.test("a verdict that a later test corrects is corrected where it was shown", async () => {
  const { cells, notebook } = await ranPart("findings");
  const outputs = [2, 3, 4].map((at) => "outputs" in cells[at] ? cells[at].outputs : undefined);
  const texts = outputs.map((own) => JSON.stringify(own));
  assertEquals(outputs.map((own) => (own as unknown[]).length), [1, 1, 1]);
  // With the first test alone, the second one replicates.
  assert(texts[1].includes("<b>inconclusive: </b>It is no headline."), texts[1]);
  assertEquals(claimsIn(notebook).map(({ verdict }) => verdict), [
    "replicates",
    "inconclusive",
    "inconclusive",
  ]);
});
