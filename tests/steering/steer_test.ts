import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, loadModel, steering, type When } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const vector = Float32Array.from({ length: 192 }, (_, i) => i % 7 - 3);

Deno.test("steering adds a vector of the length asked for to the residual stream of the chosen layers", async () => {
  const taps = { tap: ["blocks.5.hook_resid_post", "blocks.6.hook_resid_mid"] };
  const before = await model.run("11 + 5 = 16 (not", taps);
  const after = await model.run("11 + 5 = 16 (not", {
    ...taps,
    edit: steering.steer(model, vector, { layers: [5], scale: 3, positions: [2] }),
  });
  const change = (position: number) =>
    after.get("blocks.5.hook_resid_post").slice({ batch: 0, position }).data.map((value, i) =>
      value - before.get("blocks.5.hook_resid_post").slice({ batch: 0, position }).data[i]
    );
  assertAlmostEquals(Math.hypot(...change(2)), 3, 1e-3);
  assertAlmostEquals(change(2)[0] / change(2)[1], vector[0] / vector[1], 1e-3);
  assertEquals(Math.hypot(...change(1)), 0);
  assert(
    after.get("blocks.6.hook_resid_mid").slice({ position: -1 }).data.some((value, i) =>
      value !== before.get("blocks.6.hook_resid_mid").slice({ position: -1 }).data[i]
    ),
  );
});

Deno.test("a vector for each layer and a range of layers", () => {
  const edits = steering.steer(model, (layer) => vector.map((value) => value * (layer + 1)), {
    layers: { from: 4 },
    scale: -2,
  });
  assertEquals(
    edits.map(({ at }) => at),
    [4, 5, 6, 7].map((layer) => `blocks.${layer}.hook_resid_post`),
  );
  for (const { shift } of edits) assertAlmostEquals(Math.hypot(...shift as number[]), 2, 1e-9);
});

Deno.test("everyNth and fromNth count the occurrences of a token in a row", () => {
  const open = model.tokenizer.idOf(" (");
  const other = model.tokenizer.idOf("not");
  const tokens = [open, other, open, open, other, open, open, open];
  const acting = (when: When) =>
    tokens.flatMap((_, i) =>
      typeof when === "function" &&
        when({ tokens: tokens.slice(0, i + 1), promptLength: 0, row: 0 })
        ? [i]
        : []
    );
  assertEquals(acting(steering.everyNth(model, " (", 3)), [3, 7]);
  assertEquals(acting(steering.fromNth(model, " (", 5)), [6, 7]);
});

Deno.test("what cannot steer is refused", () => {
  assertThrows(
    () => steering.steer(model, new Float32Array(191).fill(1), { scale: 1 }),
    CircuitbookError,
    "192 finite numbers",
  );
  assertThrows(
    () => steering.steer(model, new Float32Array(192), { scale: 1 }),
    CircuitbookError,
    "not all zero",
  );
  assertThrows(
    () => steering.steer(model, vector, { scale: NaN }),
    CircuitbookError,
    "finite scale",
  );
  assertThrows(
    () => steering.steer(model, vector, { scale: 1, layers: [8] }),
    CircuitbookError,
    "layer from 0 to 7",
  );
  assertThrows(() => steering.everyNth(model, "", 3), CircuitbookError, "a text to look for");
});
