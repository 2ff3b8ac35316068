import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { sideBySide } from "../../lib/commands/report/side_by_side.ts";
import { root } from "../../lib/commands/repository.ts";

const named = (folder: string, count: number) =>
  Array.from(
    { length: count },
    (_, i) => ({ path: join(folder, `0${i}.ipynb`), reports: "reports" }),
  );
const own = {
  chosen: named(join(root, "notebooks"), 8),
  jobs: null,
  model: null,
  adapter: null,
  base: null,
};
const machine = { cores: 4, bytes: 64e9 };

Deno.test("the repository's notebooks share the cores with their own models", () => {
  assertEquals(sideBySide(own, machine), { jobs: 4, threads: 1 });
  assertEquals(sideBySide(own, { ...machine, cores: 1 }), { jobs: 1, threads: 1 });
  assertEquals(sideBySide(own, { ...machine, cores: 20 }), { jobs: 8, threads: 2 });
  const two = { ...own, chosen: own.chosen.slice(0, 2) };
  assertEquals(sideBySide(two, machine), { jobs: 2, threads: 2 });
  assertEquals(sideBySide({ ...two, chosen: [two.chosen[0]] }, machine), { jobs: 1, threads: 4 });
});

Deno.test("no more notebooks run at once than fit into memory, and at least one", () => {
  assertEquals(sideBySide(own, { ...machine, bytes: 9e9 }), { jobs: 2, threads: 2 });
  assertEquals(sideBySide(own, { ...machine, bytes: 1e9 }), { jobs: 1, threads: 4 });
});

Deno.test("what may be large runs alone: a named model, a base, an adapter, a notebook elsewhere", () => {
  for (const name of ["model", "adapter", "base"]) {
    assertEquals(sideBySide({ ...own, [name]: "x" }, machine), { jobs: 1, threads: 4 }, name);
  }
  const elsewhere = { ...own, chosen: [...own.chosen, ...named("/my/folder", 1)] };
  assertEquals(sideBySide(elsewhere, machine), { jobs: 1, threads: 4 });
});

Deno.test("--jobs decides, up to the number of notebooks", () => {
  assertEquals(sideBySide({ ...own, jobs: 2 }, machine), { jobs: 2, threads: 2 });
  assertEquals(sideBySide({ ...own, model: "x", jobs: 3 }, machine), { jobs: 3, threads: 1 });
  assertEquals(sideBySide({ ...own, jobs: 50 }, machine), { jobs: 8, threads: 1 });
});
