import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { acrossPage } from "../../lib/commands/across/page.ts";
import type { Claim, Verdict } from "../../lib/notebook/claims/claim.ts";
import { summaryElement } from "../../lib/notebook/report/summary.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { claim } from "../notebook/claims/example_claim.ts";
import { entry } from "../notebook/report/entries.ts";

/** Returns a model whose reports hold one claim for each verdict, with ids a, b, c, …. */
function compared(name: string, verdicts: readonly Verdict[], notebook = "01-a") {
  const claims = verdicts.map((verdict, i): Claim => {
    const id = "abcdef"[i];
    const statement = `Claim ${id} | it holds.`;
    return {
      ...claim,
      id,
      statement,
      verdict,
      unit: "share",
      value: 0.9,
      interval: [0.8, 0.95],
      own: undefined,
    };
  });
  return { name, summaries: [{ ...entry({ notebook }), title: "A", introduction: "", claims }] };
}

const one = compared("one", [
  "replicates",
  "replicates",
  "inconclusive",
  "cannot be tested",
  "cannot be tested",
]);
const two = compared("two", [
  "replicates",
  "contradicts",
  "replicates",
  "replicates",
  "cannot be tested",
]);

const repository = join(import.meta.dirname!, "../..");

/** Runs a task, with the permissions that the task has. */
async function run(task: string, args: readonly string[]) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, ...args],
    cwd: repository,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** Returns the claims of the rows under a heading. */
function statements(page: string, heading: string): string[] {
  const section = page.split(`## ${heading}\n`)[1].split("\n## ")[0];
  return section.split("\n").filter((line) => line.startsWith("| 01"))
    .map((line) => /Claim (\w)/.exec(line)![1]);
}

Deno.test("claims of all models are compared: those that differ first, untested ones among them", () => {
  const page = acrossPage("Two models", [one, two]);
  assert(page.startsWith("# Two models\n"));
  assertEquals(statements(page, "Verdicts that differ"), ["b", "c", "d"]);
  assertEquals(statements(page, "Verdicts that agree"), ["a"]);
  assertEquals(statements(page, "Tested on no model"), ["e"]);
  for (
    const line of [
      "- Commit of the reports: c",
      "- Notebooks: 01-a",
      "- Claims in a report about every model: 5",
      "- Tested, with the same verdict on all models: 1",
      "- Replicates on one model and contradicts on another: 1",
      "- Tested on no model: 1",
    ]
  ) assert(page.includes(`${line}\n`), line);
  assert(!page.includes("Not run on every model"));
});

Deno.test("a row has each model's verdict and number, and a bar in a claim ends no cell", () => {
  const page = acrossPage("Two models", [one, two]);
  const [b, d] = ["Claim b", "Claim d"].map((claim) =>
    page.split("\n").find((line) => line.includes(claim))
  );
  assertEquals(
    b,
    "| 01-a | Claim b \\| it holds. | replicates, 90 % (80 to 95) | contradicts, 90 % (80 to 95) |",
  );
  assertEquals(
    d,
    "| 01-a | Claim d \\| it holds. | cannot be tested | replicates, 90 % (80 to 95) |",
  );
});

Deno.test("a notebook that one model has no report of is named", () => {
  const page = acrossPage("Two models", [one, compared("three", ["replicates"], "02-b")]);
  assert(page.includes("- Notebooks: none\n- Not run on every model: 01-a, 02-b\n"));
  assert(page.includes("- Claims that not every report has: 6\n"));
  assertEquals(page.match(/None\./g)?.length, 3);
});

Deno.test("a run that stopped is named, and its missing claims are counted", () => {
  const [summary] = compared("three", ["replicates"]).summaries;
  const stopped = { name: "three", summaries: [{ ...summary, failure: "cell 2: Error" }] };
  const page = acrossPage("Two models", [one, stopped]);
  assert(page.includes("- Notebooks: 01-a\n- Runs that stopped: 01-a on three\n"));
  assert(page.includes("- Claims that not every report has: 4\n"));
});

Deno.test("the command finds the reports of each model, and names a model without any", async () => {
  await using folder = await temporaryFolder();
  const across = (...args: string[]) => run("across", ["--reports", folder.path, ...args]);
  for (const { name, summaries: [summary] } of [one, two]) {
    await Deno.mkdir(join(folder.path, name));
    await Deno.writeTextFile(join(folder.path, name, "01-a.html"), summaryElement(summary));
    await Deno.writeTextFile(join(folder.path, name, "live.html"), "<p>no report</p>");
  }
  const out = join(folder.path, "page.md");
  const { code, stderr } = await across("one", "two", "--title", "A title", "--out", out);
  assertEquals(code, 0, stderr);
  assertEquals(await Deno.readTextFile(out), acrossPage("A title", [one, two]));
  const missing = await across("one", "three");
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.stderr, "Expected reports about three in");
  assertStringIncludes((await across("one")).stderr, "Expected two models or more but found 1");
});
