import { assertEquals } from "@std/assert";
import { stats } from "circuitbook";

const between = (low: number, value: number, high: number): stats.Estimate => ({
  low,
  value,
  high,
  n: 20,
});

Deno.test("an estimate reaches another by its whole interval, fails to by its whole interval, or leaves it open", () => {
  const other = between(0.1, 0.8, 0.9);
  const margin = 0.25;
  assertEquals(stats.reaches(between(0.55, 0.6, 0.65), other, { margin }), true);
  assertEquals(stats.reaches(between(0.54, 0.9, 1), other, { margin }), null);
  assertEquals(stats.reaches(between(0.2, 0.4, 0.55), other, { margin }), null);
  assertEquals(stats.reaches(between(0.2, 0.4, 0.54), other, { margin }), false);
  // How unsure the other is does not help.
  assertEquals(stats.reaches(between(0.3, 0.5, 0.5), between(0, 0.8, 1), { margin }), false);
});
