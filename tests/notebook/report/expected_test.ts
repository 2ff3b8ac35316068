import { assertEquals, assertStringIncludes } from "@std/assert";
import { expectation } from "../../../lib/notebook/report/expected.ts";
import { entry } from "./entries.ts";

const own = { model: null, base: null, adapter: null, ignoreConfig: null };

Deno.test("a report expects what the last whole runs with the same model took", () => {
  const entries = [
    entry({ seconds: 100 }),
    entry({ seconds: 40 }),
    entry({ seconds: 2, failure: "cell 2: Error" }),
    entry({ seconds: 900, asked: { ...own, model: "other" } }),
    entry({ notebook: "02-b", seconds: 50 }),
  ];
  const asked = ["01-a", "02-b", "03-c"].map((name) => ({ name, entries }));
  assertEquals(
    expectation(asked, own, 1),
    "Expected: 1 min 30 s, as the last time (01-a 40 s, 02-b 50 s). 03-c: not run with this model yet; a notebook " +
      "says what it expects after its first forward pass.",
  );
  assertEquals(expectation(asked.slice(0, 1), own, 1), "Expected: 40 s, as the last time.");
  assertEquals(
    expectation(asked.slice(0, 2), own, 2),
    "Expected: 50 s, as the last time (01-a 40 s, 02-b 50 s). 2 notebooks run side by side.",
  );
  const four = [...asked.slice(0, 2), ...asked.slice(0, 2)];
  assertStringIncludes(expectation(four, own, 2), "Expected: 1 min 30 s");
});
