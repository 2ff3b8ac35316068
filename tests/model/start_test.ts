import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { CircuitbookError, type Edit, type Model, startTaps } from "circuitbook";
import { assertSame, smallModel } from "./models.ts";

const families = ["qwen2_grouped", "qwen3_grouped", "llama_single", "gpt2_full", "attention_only"];

for (const name of families) {
  Deno.test(`${name}: a run that starts at a hook point and a position ends like the whole run`, async () => {
    await using small = await smallModel(name);
    const { model, A, B } = small;
    const input = [A, B, A.slice(3)];
    const { logits: unedited } = await model.run(input, { logits: [-1] });
    for (const at of entries(model)) {
      const from = await model.run(input, {
        tap: startTaps(model.architecture, at, { past: true }),
      });
      for (const edit of editsAt(model, at)) {
        const whole = await model.run(input, { edit, logits: [-1] });
        assertNotEquals(whole.logits.data, unedited.data);
        for (const position of [0, 2, -1]) {
          const part = await model.run(input, {
            start: { from, at, position },
            edit,
            logits: [-1],
          });
          assertSame(part.logits, whole.logits, 2e-5, `${at} from ${position}`);
        }
      }
    }
  });
}

Deno.test("rows may start from any row of the earlier run, several from one", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const at = "blocks.1.hook_resid_pre";
  const rows = [1, 0, 1];
  const from = await model.run([A, B], { tap: startTaps(model.architecture, at, { past: true }) });
  const edit = { at: "blocks.1.attn.hook_z", heads: [2], rows: [1, 2], positions: [-1], scale: 0 };
  const input = [B, A, B];
  const whole = await model.run(input, { edit, logits: [-1] });
  for (const position of [undefined, -2]) {
    const part = await model.run(input, {
      start: { from, at, rows, position },
      edit,
      logits: [-1],
    });
    assertSame(part.logits, whole.logits, 2e-5, `from ${position}`);
  }
});

Deno.test("started runs of many rows of unequal length return all positions, chunk by chunk", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const at = "blocks.1.hook_resid_pre";
  const name = "blocks.1.hook_resid_post";
  // The rows of the later chunks are shorter than those of the first.
  const input = Array.from({ length: 300 }, (_, row) => row < 5 ? A : B);
  const from = await model.run(input, { tap: startTaps(model.architecture, at) });
  const whole = (await model.run(input, { tap: name })).get(name);
  const part = (await model.run(input, { tap: name, start: { from, at } })).get(name);
  assertSame(part, whole, 1e-5, name);
});

Deno.test("taps of a run that starts at a position are those of the whole run, patterns over all keys too", async () => {
  await using small = await smallModel("llama_llama3_rope");
  const { model, A, B } = small;
  const at = "blocks.0.attn.hook_z";
  const from = await model.run([A, B], { tap: startTaps(model.architecture, at, { past: true }) });
  const asked = {
    tap: ["blocks.*.hook_resid_post", "blocks.1.attn.hook_pattern"],
    positions: [-2, -1],
  };
  const whole = await model.run([A, B], asked);
  const part = await model.run([A, B], { ...asked, start: { from, at, position: -4 } });
  for (const name of whole.names) assertSame(part.get(name), whole.get(name), 1e-5, name);
  const ragged = [[-1, -3], [-2]];
  const chosen = await model.run([A, B], { tap: "blocks.1.hook_mlp_out", positions: ragged });
  const late = await model.run([A, B], {
    tap: "blocks.1.hook_mlp_out",
    positions: ragged,
    start: { from, at, position: -3 },
  });
  assertSame(
    late.get("blocks.1.hook_mlp_out"),
    chosen.get("blocks.1.hook_mlp_out"),
    1e-5,
    "ragged",
  );
});

Deno.test("an earlier run that was tapped at some positions alone is no start", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const at = "blocks.0.hook_resid_pre";
  const start = { at, position: -2 };
  const points = startTaps(model.architecture, at, { past: true });
  for (const part of points) {
    const tap = points.map((name) => name === part ? { at: name, positions: { to: 10 } } : name);
    const from = await model.run([A], { tap });
    await assertRejects(
      () => model.run([A], { start: { ...start, from }, logits: [-1] }),
      CircuitbookError,
      `Expected "${part}" at all 12 positions`,
    );
  }
});

Deno.test("what a start needs is named, and no more", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { architecture } = small.model;
  const middle = "blocks.1.hook_resid_mid";
  assertEquals(startTaps(architecture, middle), [middle]);
  assertEquals(startTaps(architecture, middle, { past: true }), [middle]);
  assertEquals(startTaps(architecture, "blocks.0.attn.hook_z", { past: true }), [
    "blocks.0.hook_resid_pre",
    "blocks.0.attn.hook_z",
    "blocks.1.attn.hook_rot_k",
    "blocks.1.attn.hook_v",
  ]);
});

function entries({ hookPoints }: Model): string[] {
  return hookPoints.map(({ name }) => name).filter((name) =>
    /hook_resid_pre$|hook_z$|hook_resid_mid$/.test(name)
  );
}

/** An affine edit of the last token at the entry, and another with a function edit after it. */
function editsAt({ architecture: { layers, dModel } }: Model, at: string): Edit[][] {
  const growing: Edit = {
    at: `blocks.${layers - 1}.hook_resid_post`,
    apply: (x) => (x.data.forEach((value, i) => x.data[i] = value + (i % dModel) / 50), x),
  };
  return [[{ at, positions: [-1], scale: -1 }], [{ at, positions: [-1], scale: 0.5 }, growing]];
}
