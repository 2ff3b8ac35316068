import { assert, assertEquals } from "@std/assert";
import { acrossPage } from "../../lib/commands/across/page.ts";
import type { Claim, Verdict } from "../../lib/notebook/claims/claim.ts";
import { entry, result } from "../notebook/report/entries.ts";

/** Returns a model whose reports hold one claim for each verdict, with ids a, b, c, …. */
function compared(name: string, verdicts: readonly Verdict[], notebook = "01-a") {
  const claims = verdicts.map((verdict, i) => {
    const id = "abcdef"[i];
    return { ...result({ id, verdict, statement: `Claim ${id} | it holds.` }) } as Claim;
  });
  return { name, summaries: [{ ...entry({ notebook }), title: "A", introduction: "", claims }] };
}

const one = compared("one", ["replicates", "replicates", "inconclusive", "cannot be tested"]);
const two = compared("two", [
  "replicates",
  "contradicts",
  "replicates",
  "replicates",
  "replicates",
]);

/** Returns the first cells of the rows under a heading. */
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
  assert(
    page.includes(
      "4 claims stand in a report about every model, and 3 of them can be tested on every model. " +
        "Of these, 1 have the same verdict on all models; 1 replicate on one model and contradict on another.",
    ),
  );
});

Deno.test("a row has each model's verdict and number, and a bar in a claim ends no cell", () => {
  const page = acrossPage("Two models", [one, two]);
  const row = page.split("\n").find((line) => line.includes("Claim b"));
  assertEquals(
    row,
    "| 01 | Claim b \\| it holds. | replicates, 90 % (80 to 95) | contradicts, 90 % (80 to 95) |",
  );
});

Deno.test("a notebook that one model has no report of is left out", () => {
  const page = acrossPage("Two models", [one, compared("three", ["replicates"], "02-b")]);
  assert(page.includes("0 claims stand in a report about every model"));
  assertEquals(page.match(/None\./g)?.length, 2);
});
