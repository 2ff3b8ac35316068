import { assert, assertEquals } from "@std/assert";
import { loadModel, notebook } from "circuitbook";

Deno.test("a pace halves the sizes until the notebook ends in time", () => {
  const shares = [0.01, 0.19, 0.21, 0.5, 100].map((seconds) =>
    new notebook.Pace(seconds, { passes: 3000 }).share
  );
  // 0.5, 9.5, 10.5, 25 and 5,000 minutes at full size, of which ten are to be spent.
  assertEquals(shares, [1, 1, 1 / 2, 1 / 4, 1 / 64]);
});

Deno.test("sizes are never more than the full size nor less than the least that makes sense", () => {
  const quarter = new notebook.Pace(0.5, { passes: 3000 });
  assertEquals([
    quarter.size(100),
    quarter.size(100, { least: 40 }),
    quarter.size(20, { least: 40 }),
  ], [
    25,
    40,
    20,
  ]);
  const slowest = new notebook.Pace(100, { passes: 3000 });
  assertEquals([slowest.size(100), slowest.size(3)], [13, 1]);
});

Deno.test("a pace says in words what was chosen", () => {
  const { sentence } = new notebook.Pace(0.5, { passes: 3000 });
  assert(
    sentence.includes("0.50 s") && sentence.includes("25 minutes") && sentence.includes("1/4"),
  );
});

Deno.test("short runs count beside the passes", () => {
  const options = { passes: 600, runs: 6000 };
  // 5 minutes of passes, and 5 or 20 minutes of runs.
  const paces = [0.05, 0.2].map((short) => new notebook.Pace(0.5, options, short));
  assertEquals(paces.map(({ fullMinutes, share }) => [fullMinutes, share]), [[10, 1], [25, 1 / 4]]);
});

Deno.test("a pace names the model with its size", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const { sentence } = await notebook.pace(model, { passes: 1 });
  assert(
    sentence.startsWith(
      "countdown-r1 has 3.26 million parameters in 8 layers of 6 heads. One forward",
    ),
    sentence,
  );
  await model.dispose();
});
