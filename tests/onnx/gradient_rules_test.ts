import { assert, assertEquals } from "@std/assert";
import { RULES } from "../../lib/onnx/gradient/rules.ts";
import { assertGradients, graphOf } from "./central_differences.ts";
import { arithmetic } from "./gradient_cases/arithmetic.ts";
import { attention } from "./gradient_cases/attention.ts";
import { layers } from "./gradient_cases/layers.ts";
import { matrices } from "./gradient_cases/matrices.ts";
import { selection } from "./gradient_cases/selection.ts";
import { shapes } from "./gradient_cases/shapes.ts";

const cases = { ...arithmetic, ...matrices, ...shapes, ...selection, ...layers, ...attention };

Deno.test("each operator that has a rule is held to central differences", () => {
  assertEquals(Object.keys(cases).sort(), Object.keys(RULES).sort());
  for (const [op, list] of Object.entries(cases)) {
    for (const one of list) {
      assert(graphOf(one, "known").graph.nodes.some((node) => node.op === op), `${op} ${one.name}`);
    }
  }
});

for (const [op, list] of Object.entries(cases)) {
  Deno.test(`the gradient of ${op} is its central differences`, async (test) => {
    for (const one of list) await test.step(one.name, () => assertGradients(one));
  });
}
