import { assert, assertEquals } from "@std/assert";
import { sideBySide } from "../../lib/commands/report/side_by_side.ts";
import { progressLine } from "../../lib/commands/report/ticker.ts";

const named = (count: number, isOwn: boolean) =>
  Array.from({ length: count }, (_, i) => ({ path: `/n/0${i}.ipynb`, reports: "reports", isOwn }));
const own = { chosen: named(8, true), jobs: null, model: null, adapter: null, base: null };
const machine = { cores: 4, bytes: 64e9, threads: undefined };

Deno.test("the repository's notebooks share the cores with their own models, four at once at most", () => {
  assertEquals(sideBySide(own, machine), { jobs: 4, threads: 1 });
  assertEquals(sideBySide(own, { ...machine, cores: 1 }), { jobs: 1, threads: undefined });
  assertEquals(sideBySide(own, { ...machine, cores: 20 }), { jobs: 4, threads: 5 });
  const two = { ...own, chosen: own.chosen.slice(0, 2) };
  assertEquals(sideBySide(two, machine), { jobs: 2, threads: 2 });
  const one = { ...own, chosen: own.chosen.slice(0, 1) };
  assertEquals(sideBySide(one, machine), { jobs: 1, threads: undefined });
});

Deno.test("no more notebooks run at once than fit into memory, and at least one", () => {
  assertEquals(sideBySide(own, { ...machine, bytes: 9e9 }), { jobs: 2, threads: 2 });
  assertEquals(sideBySide(own, { ...machine, bytes: 1e9 }), { jobs: 1, threads: undefined });
});

Deno.test("what may be large runs alone: a named model, a base, an adapter, a notebook elsewhere", () => {
  const alone = { jobs: 1, threads: undefined };
  for (const name of ["model", "adapter", "base"]) {
    assertEquals(sideBySide({ ...own, [name]: "x" }, machine), alone, name);
  }
  const elsewhere = { ...own, chosen: [...own.chosen, ...named(1, false)] };
  assertEquals(sideBySide(elsewhere, machine), alone);
});

Deno.test("--jobs and CIRCUITBOOK_THREADS decide", () => {
  assertEquals(sideBySide({ ...own, jobs: 2 }, machine), { jobs: 2, threads: 2 });
  assertEquals(sideBySide({ ...own, model: "x", jobs: 3 }, machine), { jobs: 3, threads: 1 });
  assertEquals(sideBySide({ ...own, jobs: 50 }, machine), { jobs: 8, threads: 1 });
  assertEquals(sideBySide(own, { ...machine, threads: 2 }), { jobs: 2, threads: 2 });
  assertEquals(sideBySide(own, { ...machine, threads: 4 }), { jobs: 1, threads: 4 });
});

Deno.test("progress is one line that no terminal wraps, and tells how many notebooks have no room", () => {
  const lines = [
    "01-a: cell 3, 4 s",
    "02-b: cell 12, 31 s generate: 8,192 of 25,600 tokens",
    "03-c: cell 1, 2 s",
  ];
  const wide = progressLine(lines, 200);
  for (const line of lines) assert(wide.includes(line), line);
  const usual = progressLine(lines, 80);
  assert(usual.startsWith("01-a: cell 3, 4 s ") && usual.endsWith(" +1"), usual);
  assert(usual.includes("02-b: cell 12, 31 s"), usual);
  assertEquals(progressLine(lines, 0), usual, "a terminal that does not say its width");
  for (let columns = 1; columns < 120; columns++) {
    assert(progressLine(lines, columns).length < columns, String(columns));
  }
});
