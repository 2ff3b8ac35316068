import { assertEquals } from "@std/assert";
import { notebook, progress, type ProgressEvent } from "circuitbook";

Deno.test("work without units ends no bar but its own", async () => {
  const seen: (ProgressEvent | undefined)[] = [];
  const onProgress = (event?: ProgressEvent) => seen.push(event);
  const outer = new progress.Meter("generate", 2, "tokens", { onProgress });
  await outer.advance(1);
  for await (const _ of progress.watched([], { label: "widen", unit: "tensors", onProgress }));
  await outer.advance(1);
  outer.end();
  outer.end();
  assertEquals(seen.map((event) => event?.done), [1, 2, undefined]);
});

Deno.test("the time left follows the share of the work, from the first advance on", async () => {
  let seconds = 0;
  const left: (number | undefined)[] = [];
  const listener = notebook.progressMeter(([bar]) => left.push(bar?.left), {
    interval: 0,
    now: () => seconds,
  });
  const meter = new progress.Meter("ablate", 10, "runs", { onProgress: listener });
  meter.begin();
  seconds = 30;
  // Two of ten runs, but half of the work: the later runs start at later layers.
  await meter.advance(2, undefined, 0.5);
  seconds = 45;
  await meter.advance(4, undefined, 0.75);
  assertEquals(left, [30, 15]);
});
