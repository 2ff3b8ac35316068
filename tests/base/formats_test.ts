import { assertEquals } from "@std/assert";
import {
  counted,
  countText,
  durationText,
  measuredTime,
  percent,
  roughDuration,
  significant,
  tenths,
} from "../../lib/base/formats.ts";

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

Deno.test("long durations are told in minutes alone where only their order counts", () => {
  assertEquals([8.31, 89.4, 90, 5400].map(roughDuration), [
    "8 s",
    "89 s",
    "2 minutes",
    "90 minutes",
  ]);
});

Deno.test("counts have commas, and their nouns a plural", () => {
  assertEquals(countText(134515008), "134,515,008");
  assertEquals([1, 0, 1200].map((n) => counted(n, "text")), ["1 text", "0 texts", "1,200 texts"]);
});

Deno.test("numbers are cut to digits that count, without zeros at the end", () => {
  assertEquals([2 / 3, 0.5, 1e-9].map((x) => significant(x, 3)), ["0.667", "0.5", "1e-9"]);
  assertEquals([94.57, 95.01].map(tenths), [94.6, 95]);
  assertEquals([2 / 3, -0.1].map(percent), ["67 %", "-10 %"]);
});
