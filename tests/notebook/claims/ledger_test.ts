import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Abilities, CircuitbookError, MissingAbility, notebook, plot, stats } from "circuitbook";
import { uncertainty } from "../../../lib/notebook/claims/words.ts";

const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 3 };

function statement(criterion: notebook.Criterion, rest: Partial<notebook.Statement> = {}) {
  const fixed = { kind: "source", unit: "share", control: "random heads", figure: "fig" } as const;
  const words = { statement: "It works.", statistic: "right results recognised" };
  return { ...fixed, ...words, criterion, ...rest };
}

const number = (value: number, low: number, high: number) => ({ value, low, high, n: 20 });

/** Returns the verdict on one number by one criterion. */
function judged(criterion: notebook.Criterion, ...found: stats.Estimate[]): string {
  const part = notebook.ledger("Part I", { S: { a: statement(criterion) } }, run);
  return part.test("a", found).claims.list[0].verdict;
}

Deno.test("the interval decides: replicates inside, contradicts outside, inconclusive across the criterion", () => {
  assertEquals(judged({ above: 0.5 }, number(0.8, 0.6, 0.9)), "replicates");
  assertEquals(judged({ above: 0.5 }, number(0.8, 0.4, 0.9)), "inconclusive");
  assertEquals(judged({ above: 0.5 }, number(0.2, 0.1, 0.4)), "contradicts");
  assertEquals(judged({ above: 0 }, number(-0.1, -0.2, 0)), "contradicts");
  assertEquals(
    judged({ above: 0 }, number(0, 0, 0)),
    "inconclusive",
    "a difference that is nowhere seen",
  );
  assertEquals(judged({ below: 0.1 }, number(0.05, 0, 0.08)), "replicates");
  assertEquals(judged({ below: 0.1 }, number(0.3, 0.2, 0.4)), "contradicts");
  assertEquals(judged({ between: [-0.1, 0.1] }, number(0, -0.1, 0.1)), "replicates");
  assertEquals(judged({ between: [-0.1, 0.1] }, number(0, -0.2, 0.2)), "inconclusive");
  assertEquals(judged({ between: [-0.1, 0.1] }, number(0.3, 0.2, 0.4)), "contradicts");
});

Deno.test("where several numbers have to meet a criterion, the weakest decides", () => {
  const [good, open, bad] = [number(0.9, 0.8, 1), number(0.6, 0.4, 0.8), number(0.1, 0, 0.2)];
  assertEquals(judged({ above: 0.5 }, good, good), "replicates");
  assertEquals(judged({ above: 0.5 }, good, open), "inconclusive");
  assertEquals(judged({ above: 0.5 }, good, bad, open), "contradicts");
});

Deno.test("a contradiction by one of several numbers is corrected for how many numbers there are", () => {
  // p against 0 is 2 · (1 − Φ(1.96 · 1.1)) = 0.031: enough for one number, not for two.
  const below = number(-0.11, -0.21, -0.01);
  assertEquals(judged({ above: 0 }, below), "contradicts");
  assertEquals(judged({ above: 0 }, below, number(0.5, 0.4, 0.6)), "inconclusive");
  const part = notebook.ledger("Part I", { S: { a: statement({ above: 0 }) } }, run);
  const [claim] = part.test("a", [number(0.5, 0.4, 0.6), below]).claims.list;
  assertEquals(claim.value, -0.11);
  assertEquals(
    claim.why,
    "This number is the weakest of 2 numbers. Uncorrected, this number contradicts; the correction for 2 numbers " +
      "leaves the claim inconclusive.",
  );
  // The number that lies farthest outside decides, not the one that contradicts least.
  const clear = number(-0.5, -0.6, -0.4);
  assertEquals(judged({ above: 0 }, below, clear, below), "contradicts");
});

Deno.test("a claim over too few units takes no rank of Holm's correction", () => {
  const sure = { ...number(0.9, 0.89, 0.91), n: 3 };
  // Its p-value is 0.046.
  const close = number(0.3, 0.005, 0.595);
  const part = notebook.ledger("Part I", {
    S: { a: statement({ above: 0 }), b: statement({ above: 0 }) },
  }, run);
  const { list } = part.test("a", sure).test("b", close).claims;
  assertEquals(list.map(({ verdict }) => verdict), ["inconclusive", "inconclusive"]);
});

Deno.test("shares are rounded to a thousandth of a per cent", () => {
  const part = notebook.ledger("Part I", { S: { a: statement({ above: -1 }) } }, run);
  part.test("a", { ...number(-3.2e-7, -0.1, 0.1), own: -3.2e-7, control: 0 });
  assertMatch(String(part[plot.jupyterDisplay]()["text/plain"]), /recognised: 0 % \(/);
});

Deno.test("an interval over fewer than five units decides nothing, and says so", () => {
  const claims = [3, 4, 5].map((n) => {
    const part = notebook.ledger("Part I", { S: { a: statement({ above: 0 }) } }, run);
    return part.test("a", { ...number(0.5, 0.4, 0.6), n }).claims.list[0];
  });
  assertEquals(claims.map(({ verdict }) => verdict), [
    "inconclusive",
    "inconclusive",
    "replicates",
  ]);
  assertEquals(claims.map(({ why }) => why), [
    "Fewer than five units decide nothing.",
    "Fewer than five units decide nothing.",
    "",
  ]);
});

Deno.test("inconclusive claims of a section count in its correction, claims that cannot be tested do not", () => {
  const ids = ["a", "b", "c"];
  const statements = Object.fromEntries(ids.map((id) => [id, statement({ above: 0 })]));
  const part = notebook.ledger("Part I", { S: statements }, run);
  const verdictOf = (id: string) => part.claims.list.find((claim) => claim.id === id)!.verdict;
  // p is 0.031, so that a family of one decides and one of two does not.
  part.test("a", number(0.11, 0.01, 0.21));
  assertEquals(verdictOf("a"), "replicates");
  part.test("b", number(0.1, -0.3, 0.5));
  assertEquals([verdictOf("a"), verdictOf("b")], ["inconclusive", "inconclusive"]);
  part.cannotTest("b", "No chains.");
  assertEquals([verdictOf("a"), verdictOf("b")], ["replicates", "cannot be tested"]);
});

Deno.test("a claim whose control was drawn at random says how many draws there were", () => {
  const part = notebook.ledger("Part I", { S: { a: statement({ below: -0.1 }) } }, run);
  part.test("a", { ...number(-0.8, -0.9, -0.7), own: 0.1, control: 0.9, draws: 20 });
  assertEquals(part.claims.list[0].draws, 20);
  assertMatch(
    String(part[plot.jupyterDisplay]()["text/plain"]),
    /\(random heads: 90 %; difference .*, n 20, 20 random draws\)/,
  );
});

Deno.test("a claim carries its run, its criterion in words, and the difference from the control", () => {
  const part = notebook.ledger("Part I", { S: { a: statement({ below: -0.1 }) } }, run);
  part.test("a", { ...number(-0.8, -0.9, -0.7), own: 0.1, control: 0.9 }, {
    why: "Heads 1 and 2.",
  });
  const [claim] = part.claims.list;
  const { model, hash, dtype, commit, date, seed } = claim;
  assertEquals({ model, hash, dtype, commit, date, seed }, run);
  assertEquals([claim.criterion, claim.why], [
    "the interval lies below −10 points",
    "Heads 1 and 2.",
  ]);
  assertEquals([claim.source, claim.value, claim.own, claim.controlValue, claim.n], [
    "Part I, S",
    -0.8,
    0.1,
    0.9,
    20,
  ]);
  assertEquals(Object.values(claim).includes(null as never), false);
  const text = String(part[plot.jupyterDisplay]()["text/plain"]);
  assertEquals(
    text,
    "replicates: It works. Right results recognised: 10 % (random heads: 90 %; difference −80 points, " +
      "95 % interval −90 to −70, n 20). Heads 1 and 2.",
  );
  assertEquals(part[plot.jupyterDisplay]()["text/plain"], "", "shown once");
});

Deno.test("the verdicts of a section are corrected for their number by Holm's method", () => {
  const ids = ["a", "b", "c"];
  const statements = Object.fromEntries(ids.map((id) => [id, statement({ above: 0 })]));
  const part = notebook.ledger("Part I", { S: statements }, run);
  // Each interval ends just above 0: p is a little below 0.05, and three such tests decide nothing.
  for (const id of ids) part.test(id, number(0.5, 0.01, 0.99));
  assertEquals(part.claims.list.map(({ verdict }) => verdict), Array(3).fill("inconclusive"));
  assertMatch(
    part.claims.list[0].why,
    /^Uncorrected, this claim replicates; Holm's correction .* leaves it inconclusive\.$/,
  );
  part.test("a", number(0.5, 0.4, 0.6));
  assertEquals(part.claims.list[0].verdict, "replicates");
});

Deno.test("a statement that is tested again, as when a cell is run twice, has the later number", () => {
  const part = notebook.ledger("Part I", { S: { a: statement({ above: 0 }) } }, run);
  part.test("a", number(1, 0.9, 1.1)).test("a", number(-1, -1.1, -0.9));
  assertEquals(part.claims.list.map(({ value }) => value), [-1]);
});

Deno.test("a section that lacks an ability says why its claims cannot be tested, but keeps those that were", () => {
  const one = statement({ above: 0 });
  const part = notebook.ledger(
    "Part I",
    { P: { probe: one, layers: one }, S: { steer: one } },
    run,
  );
  const abilities = new Abilities().note("chains", {
    what: "chains with verdicts",
    there: false,
    found: "0 of 4",
  });
  part.test("probe", number(0.9, 0.8, 1));
  assertThrows(() => part.section("P", abilities, "chains"), MissingAbility);
  const { list } = part.claims;
  assertEquals(list.map(({ verdict }) => verdict), [
    "replicates",
    "cannot be tested",
    "cannot be tested",
  ]);
  const why = "This section needs chains with verdicts; found: 0 of 4.";
  assertEquals([list[1].why, list[2].why], [why, why]);
  assert(!("value" in list[1]));
  assertEquals(part.cannotTest("probe", "No chains.").claims.list[0].why, "No chains.");
});

Deno.test("an unknown id and a number that is none are refused", () => {
  const part = notebook.ledger("Part I", { S: { probe: statement({ above: 0 }) } }, run);
  assertThrows(() => part.test("prob", number(1, 0, 2)), CircuitbookError, "the nearest are probe");
  assertThrows(() => part.test("probe", number(NaN, 0, 2)), CircuitbookError, "NaN");
});

Deno.test("a narrow interval has as many digits as tell its ends apart", () => {
  const part = notebook.ledger("P", { S: { a: statement({ above: 0.5 }) } }, run);
  part.test("a", { value: 1, low: 0.9962, high: 1, n: 1000 });
  assertEquals(uncertainty(part.claims.list[0]), "95 % interval 99.6 to 100, n 1000");
});

Deno.test("shares are shown as per cent with their interval", () => {
  const { text } = notebook.sharesView([{
    series: "W[1]",
    share: 0.002,
    low: 0,
    high: 0.0541,
    n: 100,
  }]);
  assertEquals(text.split("\n")[1].split(/ {2,}/), ["W[1]", "0.2 %", "0 to 5.4 %", "100"]);
});
