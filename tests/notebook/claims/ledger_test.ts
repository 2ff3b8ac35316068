import { assert, assertEquals, assertThrows } from "@std/assert";
import { Abilities, CircuitbookError, MissingAbility, notebook, plot, stats } from "circuitbook";

const finding = { statement: "It works.", sourceValue: 20, holds: true, why: "Because." };

Deno.test("a ledger keeps claims in order, with their sections and the numbers of estimates", () => {
  const part = notebook.ledger("Part I");
  part.section("Steering").add("steer", stats.wilson(9, 10), finding);
  part.add("layers", "5 of 8", { ...finding, sourceValue: undefined, holds: null });
  const [steer, layers] = part.claims.list;
  const { low, high } = stats.wilson(9, 10);
  assertEquals([steer.source, steer.value, steer.n, steer.interval], ["Part I, Steering", 0.9, 10, [
    low,
    high,
  ]]);
  assertEquals([layers.source, layers.value, layers.n, layers.interval], [
    "Part I",
    "5 of 8",
    null,
    null,
  ]);
});

Deno.test("a claim that is noted again replaces the first, as when a cell is run twice", () => {
  const part = notebook.ledger("Part I").add("a", 1, finding).add("b", 2, finding).add(
    "a",
    3,
    finding,
  );
  assertEquals(part.claims.list.map(({ id, value }) => [id, value]), [["a", 3], ["b", 2]]);
});

Deno.test("a ledger shows what was noted since it was last shown, and no claims for the report", () => {
  const part = notebook.ledger("Part I");
  const shown = () => part[plot.jupyterDisplay]();
  part.add("a", stats.wilson(9, 10), finding).add("b", 2, { ...finding, holds: false });
  const lines = String(shown()["text/plain"]).split("\n");
  assertEquals(lines.map((line) => line.slice(0, 36)), [
    "holds: It works. This model: 0.90 (0",
    "does not hold: It works. This model:",
  ]);
  part.add("c", 3, finding);
  assertEquals(
    String(shown()["text/plain"]),
    "holds: It works. This model: 3; source: 20. Because.",
  );
  part.add("a", 4, finding);
  assertEquals(Object.keys(shown()), ["text/html", "text/plain"]);
});

Deno.test("a claim without words is refused, and not kept", () => {
  const part = notebook.ledger("Part I");
  assertThrows(
    () => part.add("a", 1, { ...finding, statement: "" }),
    CircuitbookError,
    "statement",
  );
  assertEquals(part.claims.list, []);
});

Deno.test("shares are shown as per cent with their interval", () => {
  const { text } = notebook.sharesView([{
    series: "W[1]",
    share: 0.002,
    low: 0,
    high: 0.0541,
    n: 100,
  }]);
  assertEquals(text.split("\n")[1], "W[1]\t0.2 %\t0 to 5.4 %\t100");
});

const STATEMENTS = {
  Probing: { probe: { statement: "Probes work.", sourceValue: 1 }, layers: { statement: "All." } },
  Steering: { steer: { statement: "Steering works." } },
};

Deno.test("announced statements need no words when they are tested, and stand in their order", () => {
  const part = notebook.ledger("Part I", STATEMENTS);
  part.section("Steering").add("steer", 3, { holds: false, why: "w" });
  part.section("Probing").add("layers", 2, { holds: true, why: "w" });
  assertEquals(part.claims.list.map(({ id, source, holds }) => [id, source, holds]), [
    ["probe", "Part I, Probing", "cannot be tested"],
    ["layers", "Part I, Probing", true],
    ["steer", "Part I, Steering", false],
  ]);
  assertEquals([part.claims.list[1].statement, part.claims.list[0].sourceValue], ["All.", 1]);
});

Deno.test("a section that lacks an ability says why its claims cannot be tested, but keeps those that were", () => {
  const part = notebook.ledger("Part I", STATEMENTS);
  const abilities = new Abilities().note("chains", {
    what: "chains with verdicts",
    there: false,
    found: "0 of 4",
  });
  part.section("Probing").add("probe", 0.9, { holds: true, why: "w" });
  assertThrows(() => part.section("Probing", abilities, "chains"), MissingAbility);
  assertEquals(part.claims.list.map(({ holds }) => holds), [
    true,
    "cannot be tested",
    "cannot be tested",
  ]);
  const [, layers, steer] = part.claims.list;
  const why = "This section needs chains with verdicts; found: 0 of 4.";
  assertEquals([layers.why, steer.why], [why, why]);
  assert(
    String(part.claims[plot.jupyterDisplay]()["text/html"]).includes(
      "cannot be tested on this model",
    ),
  );
});

Deno.test("a claim that was not announced needs a statement", () => {
  const part = notebook.ledger("Part I", STATEMENTS);
  assertThrows(
    () => part.add("other", 1, { holds: true, why: "w" }),
    CircuitbookError,
    'the statement of "other"',
  );
});
