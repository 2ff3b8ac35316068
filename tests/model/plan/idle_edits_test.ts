import { assertEquals, assertNotEquals } from "@std/assert";
import { type AffineEdit, knockOut, loadModel } from "circuitbook";
import { idleEdits } from "../../../lib/model/plan/idle_edits.ts";
import { planEdits, planKey } from "../../../lib/model/plan/plan.ts";
import { assertClose } from "../reference_cases.ts";

const model = await loadModel("countdown-r1", { device: "cpu" });
const { architecture } = model;
const ENTRY = { layer: 1, kind: "z" } as const;

/** Sets of heads of which each has its first head in layer 1. */
const SETS = [
  knockOut([[1, 3], [4, 0]]),
  knockOut([[1, 3], [1, 5], [6, 1], [7, 2]]),
  [{ at: "blocks.1.attn.hook_z", heads: [2], scale: 0, shift: 0.5 }, ...knockOut([[5, 0]])],
];

function keyOf(edits: readonly AffineEdit[]): string {
  const plan = { taps: [], cached: false, padded: false } as const;
  return planKey({ ...plan, edits: planEdits(edits, architecture) });
}

Deno.test("with idle edits, sets of heads in different layers compile to one graph for each kind of edit", () => {
  const keys = SETS.map((edits) => keyOf([...edits, ...idleEdits([edits], ENTRY, architecture)]));
  assertEquals(keys[0], keys[1]);
  assertNotEquals(keys[0], keys[2], "a shift is another operator");
  assertNotEquals(keyOf(SETS[0]), keyOf(SETS[1]));
});

Deno.test("idle edits leave a run as it is, up to rounding", async () => {
  for (const edit of SETS) {
    const idle = idleEdits([edit], ENTRY, architecture);
    assertEquals(
      idle.map(({ at }) => at),
      [1, 2, 3, 4, 5, 6, 7].map((layer) => `blocks.${layer}.attn.hook_z`),
    );
    const [plain, both] = await Promise.all(
      [edit, [...edit, ...idle]].map((edit) => model.run("11 + 5 = 16", { edit, logits: [-1] })),
    );
    assertClose(both.logits, plain.logits.data, 1e-4, JSON.stringify(edit));
  }
});

Deno.test("interventions that edit one layer each, or other activations, have no idle edits", () => {
  const single = [knockOut([[1, 3]]), knockOut([[1, 2], [1, 5]])];
  assertEquals(idleEdits(single, ENTRY, architecture), []);
  const streams = [1, 2].map((layer) => ({ at: `blocks.${layer}.hook_resid_post`, scale: 0 }));
  assertEquals(idleEdits([streams], ENTRY, architecture), []);
  const neurons = [2, 3].map((layer) => ({ at: `blocks.${layer}.mlp.hook_post`, scale: 0 }));
  assertEquals(idleEdits([neurons], { layer: 2, kind: "mid" }, architecture).length, 6);
});
