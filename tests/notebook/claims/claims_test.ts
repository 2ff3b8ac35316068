import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, notebook } from "circuitbook";

const claim: notebook.Claim = {
  id: "accuracy",
  source: "Part I",
  statement: "Probes <work>.",
  sourceValue: "95 %",
  value: 0.972345,
  n: 1000,
  interval: [0.96, 0.98],
  holds: true,
  why: "above 0.9",
};

Deno.test("claims display themselves as data and as an escaped table", () => {
  const table = notebook.claims([claim]) as unknown as Record<
    symbol,
    () => Record<string, unknown>
  >;
  const bundle = table[Symbol.for("Jupyter.display")]();
  assertEquals(bundle["application/vnd.circuitbook.claims+json"], [claim]);
  const html = String(bundle["text/html"]);
  assert(
    html.includes("Probes &lt;work&gt;.") && html.includes("0.9723") &&
      html.includes("0.96 to 0.98"),
  );
});

Deno.test("a claim with a missing, unknown or impossible part is refused by name", () => {
  const { why: _why, ...rest } = claim;
  assertThrows(() => notebook.claims([rest as notebook.Claim]), CircuitbookError, "why");
  assertThrows(
    () => notebook.claims([{ ...claim, valeu: 1 } as notebook.Claim]),
    CircuitbookError,
    "valeu",
  );
  assertThrows(() => notebook.claims([{ ...claim, value: NaN }]), CircuitbookError, "value");
});

Deno.test("two claims of one id are refused", () => {
  assertThrows(() => notebook.claims([claim, claim]), CircuitbookError, '"accuracy" twice');
});
