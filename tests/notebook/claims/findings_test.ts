import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type notebook, plot } from "circuitbook";
import * as backtracking from "circuitbook/studies/backtracking";
import * as contrastive from "circuitbook/studies/contrastive_steering";
import * as maxOfList from "circuitbook/studies/max_of_list";
import * as verification from "circuitbook/studies/verification";
import { findings } from "../../../lib/notebook/claims/findings.ts";
import { claim } from "./example_claim.ts";

const headline: notebook.Headline = {
  replicates: "The heads are enough",
  contradicts: "The heads are not enough",
  inconclusive: "It is open whether the heads are enough",
  numbers: ({ own, control, value }) => `${own} against ${control}, ${value}`,
};

function textOf(own: notebook.Claim): string {
  const drawn = findings([{ claim: own, headline, says: own.statistic }]);
  return String(drawn[plot.jupyterDisplay]()["text/plain"]);
}

Deno.test("a finding is the sentence that the verdict makes true, with its numbers, interval and remark", () => {
  assertEquals(
    textOf(claim),
    "The heads are not enough: 10 % against 0.5 %, 9.7 points. Contradicts. Share of the margin restored: " +
      "difference 9.7 points, 95 % interval 2.2 to 20, n 24. Six sets.",
  );
  assertStringIncludes(textOf({ ...claim, verdict: "replicates" }), "The heads are enough: 10 %");
  assertStringIncludes(
    textOf({ ...claim, verdict: "inconclusive" }),
    "It is open whether the heads",
  );
});

Deno.test("without a control, a finding names what was measured and the interval alone", () => {
  const { own: _own, controlValue: _controlValue, ...alone } = claim;
  assertStringIncludes(
    textOf({ ...alone, verdict: "replicates" }),
    "The heads are enough: 9.7 % against random heads, 9.7 %. Replicates. Share of the margin restored: " +
      "95 % interval 2.2 to 20, n 24.",
  );
});

Deno.test("a finding that could not be tested quotes the statement and says why", () => {
  const { value: _value, interval: _interval, ...untested } = claim;
  const text = textOf({ ...untested, verdict: "cannot be tested", why: "No heads." });
  assertEquals(text, "Not tested: “The heads are enough.” No heads.");
});

Deno.test("each notebook has three to five findings, whose sentences differ by verdict and have numbers", () => {
  const { partOne, partTwo, partThree, partFour, beyond, noAnswer } = verification;
  const all = [
    partOne,
    partTwo,
    partThree,
    partFour,
    beyond,
    noAnswer,
    backtracking.statements,
    contrastive.statements,
    maxOfList.statements,
  ];
  for (const statements of all) {
    const own = Object.values(statements).flatMap((section) => Object.values(section));
    const headlines = own.flatMap(({ headline }) => headline ?? []);
    assert(headlines.length >= 3 && headlines.length <= 5, `${headlines.length} findings`);
    for (const { replicates, contradicts, inconclusive, numbers } of headlines) {
      assertEquals(new Set([replicates, contradicts, inconclusive]).size, 3, replicates);
      const said = numbers({ value: "VALUE", own: "OWN", control: "CONTROL" });
      assert(/OWN|VALUE/.test(said), said);
      for (const sentence of [replicates, contradicts, inconclusive, said]) {
        assert(!/[.:]$/.test(sentence), `"${sentence}" has a stop`);
      }
    }
  }
});
