import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { errorsOf, logitSize } from "../../lib/commands/precision/measure.ts";
import { precisionPage } from "../../lib/commands/precision/page.ts";

Deno.test("errors of logits and streams are means, maxima and shares, calculated by hand", () => {
  const exact = {
    logits: [Float32Array.of(1, 2, 3, 9, 2, 1)],
    streams: [[Float32Array.of(3, 4), Float32Array.of(0, 2)]],
    vocab: 3,
  };
  const found = {
    logits: [Float32Array.of(1, 2, 4, 3, 4, 1)],
    streams: [[Float32Array.of(3, 4.5), Float32Array.of(0, 2)]],
    vocab: 3,
  };
  const errors = errorsOf({ device: "cpu", dtype: "bf16" }, found, exact);
  assertAlmostEquals(errors.meanLogitError, (1 + 6 + 2) / 6);
  assertEquals(errors.largestLogitError, 6);
  assertEquals(errors.topAgreement, 0.5);
  assertEquals(errors.residualErrors, [0.1, 0]);
  assertAlmostEquals(logitSize(exact), Math.sqrt(100 / 6));
  const run = { model: "toy", positions: 2, rowTokens: 125, logitSize: 4, stored: "f32" };
  const page = precisionPage(run, [errors]);
  assert(page.includes("| bf16 | cpu | 1.5 | 6.0 | 50.0 % |"), page);
  assert(page.includes("| 0 | 1.0e-1 |"), page);
});
