import { assertEquals } from "@std/assert";
import { durationText, measuredTime } from "../../lib/base/time_words.ts";

Deno.test("durations are read at a glance", () => {
  assertEquals([0.25, 8.34, 41.4, 59.6, 60, 200].map(measuredTime), [
    "0.25 s",
    "8.3 s",
    "41 s",
    "1 min",
    "1 min",
    "3 min 20 s",
  ]);
});

Deno.test("durations are told in whole seconds, minutes and hours", () => {
  assertEquals([1, 61, 3700].map(durationText), ["1 s", "1 min 1 s", "1 h 1 min"]);
});
