import { assert } from "@std/assert";
import { claimsIn } from "../../../lib/notebook/claims/claims.ts";
import { executeNotebook } from "../../../lib/notebook/run/execute.ts";
import { jupyterVariables, PYTHON } from "../../../lib/commands/repository.ts";
import { withNotebooks } from "../fixture.ts";
import { join } from "@std/path";

Deno.test("findings stand under the title, and are made of results that later cells measure", async () => {
  const cells = [
    "# Findings",
    `import { notebook } from "circuitbook";
const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 3 };
const fixed = { kind: "source", unit: "share", control: "chance", figure: "claims", criterion: { above: 0.5 } } as const;
const part = notebook.ledger("Part I", { S: {
  first: { ...fixed, statement: "It <works>.", statistic: "right results", headline: true },
  second: { ...fixed, statement: "It is no headline.", statistic: "right results" },
} }, run);
part.showFindings();`,
    `part.test("first", { value: 0.9, low: 0.8, high: 0.95, n: 40 });`,
    "part.claims;",
  ];
  await withNotebooks({ tiny: cells }, async (folder) => {
    const variables = jupyterVariables();
    const { notebook, failure } = await executeNotebook(join(folder, "tiny.ipynb"), {
      python: PYTHON,
      variables,
    });
    assert(!failure, failure?.evalue);
    const shown = JSON.stringify(notebook.cells[1]);
    assert(shown.includes("Replicates:") && shown.includes("It &lt;works&gt;."), shown);
    assert(shown.includes("Right results: 90 % (95 % interval 80 to 95, n 40)."), shown);
    assert(!shown.includes("It is no headline.</b>") && claimsIn(notebook).length === 2);
  });
});
