import { assertEquals } from "@std/assert";
import { countdown } from "circuitbook";

Deno.test("the parts that follow from an expression are those after the first equals sign of each line", () => {
  const text = "67 - 59 - 42 = 8 - 42 = -34\nno sum here\n6 + 8 = 14";
  const parts = countdown.resultSpans(text).map(({ start, end }) => text.slice(start, end));
  assertEquals(parts, ["8 - 42 = -34\n", "14"]);
});
