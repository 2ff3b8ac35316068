import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, notebook } from "circuitbook";

const claim: notebook.Claim = {
  id: "accuracy",
  kind: "source",
  source: "Part I",
  statement: "Probes <work>.",
  sourceValue: "95 %",
  statistic: "accuracy",
  unit: "share",
  criterion: "the interval lies above 90 %",
  control: "shuffled labels",
  verdict: "replicates",
  value: 0.972345,
  interval: [0.96, 0.98],
  n: 1000,
  why: "",
  figure: "accuracy",
  model: "countdown-r1",
  hash: "0d1e",
  dtype: "f32",
  commit: "7500366",
  date: "2026-11-29",
  seed: 1,
};

Deno.test("claims display themselves as data and as an escaped table with counts by kind", () => {
  const list = [claim, {
    ...claim,
    id: "b",
    kind: "open" as const,
    verdict: "inconclusive" as const,
  }];
  const table = notebook.claims(list) as unknown as Record<symbol, () => Record<string, unknown>>;
  const bundle = table[Symbol.for("Jupyter.display")]();
  assertEquals(bundle["application/vnd.circuitbook.claims+json"], list);
  const html = String(bundle["text/html"]);
  assert(
    html.includes("Probes &lt;work&gt;.") && html.includes("97 %") && html.includes("96 to 98"),
    html,
  );
  assert(html.includes("1 of sources: 1 replicates; 1 open question: 1 inconclusive."), html);
  assert(html.includes('href="#accuracy"'), html);
  assert(html.includes('weights <code title="0d1e">0d1e</code>, in f32'), html);
});

Deno.test("a claim with a missing, unknown or impossible part is refused by name", () => {
  const { hash: _hash, ...rest } = claim;
  assertThrows(() => notebook.claims([rest as notebook.Claim]), CircuitbookError, "hash");
  assertThrows(
    () => notebook.claims([{ ...claim, valeu: 1 } as notebook.Claim]),
    CircuitbookError,
    "valeu",
  );
  assertThrows(() => notebook.claims([{ ...claim, value: NaN }]), CircuitbookError, "value");
  const nothing = { ...claim, value: null } as unknown as notebook.Claim;
  assertThrows(() => notebook.claims([nothing]), CircuitbookError, "value");
});

Deno.test("two claims of one id are refused", () => {
  assertThrows(() => notebook.claims([claim, claim]), CircuitbookError, '"accuracy" twice');
});
