import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, stats } from "circuitbook";

Deno.test("a difference of means is drawn with whole groups, which may hold both kinds", () => {
  const values = [4, 0, 4, 0, 9, 1];
  const holds = [true, false, true, false, true, false];
  const { value, low, high, n } = stats.bootstrapDifference(values, holds, {
    groups: ["a", "a", "b", "b", "c", "c"],
    seed: 2,
  });
  // Each group differs by itself: 4, 4 and 8; draws of three groups lie between.
  assertEquals([value, low, high, n], [17 / 3 - 1 / 3, 4, 8, 6]);
  const alone = stats.bootstrapDifference([1, 1, 1, 0, 0], [true, true, true, false, false]);
  assertEquals([alone.value, alone.low, alone.high], [1, 1, 1]);
});

Deno.test("a difference needs values of both kinds, and a label for each", () => {
  assertThrows(
    () => stats.bootstrapDifference([1, 2], [true, false], { level: 2 }),
    CircuitbookError,
    "level between 0 and 1",
  );
  assertThrows(
    () => stats.bootstrapDifference([1, 2], [true, true]),
    CircuitbookError,
    "both kinds",
  );
  assertThrows(
    () => stats.bootstrapDifference([1, 2], [true]),
    CircuitbookError,
    "Expected a label and a group for each of 2 values",
  );
});
