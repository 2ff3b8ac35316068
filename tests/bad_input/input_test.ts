import { assertRejects } from "@std/assert";
import { CircuitbookError, loadModel } from "circuitbook";
import { grouped, refusedBothWays } from "./both_ways.ts";

const residual = "blocks.0.hook_resid_post";
const z = "blocks.1.attn.hook_z";
const scores = "blocks.1.attn.hook_attn_scores";
const list = (size: number) => Array.from({ length: size }, (_, i) => i / 10);

Deno.test("prompts that are empty, too long or not of the model's tokens are refused", async () => {
  await refusedBothWays({ input: "" }, "at least one token in row 0", "empty prompt");
  await refusedBothWays({ input: [] }, "at least one text", "empty batch");
  await refusedBothWays({ input: [[1], []] }, "at least one token in row 1", "empty prompt");
  await refusedBothWays({ input: "a".repeat(65) }, "at most 64 tokens", "found 65");
  await refusedBothWays(
    { input: [[1], list(65).fill(3)] },
    "at most 64 tokens",
    "row 1",
    "found 65",
  );
  await refusedBothWays({ input: [[1, 96]] }, "a token id from 0 to 95 in row 0", "found 96");
  await refusedBothWays({ input: [[1], [-1]] }, "row 1", "found -1");
  await refusedBothWays(
    { input: [[1, 2]], maxNewTokens: 63 },
    "within the context of 64",
    "2 + 63",
    "at most 62",
  );
});

Deno.test("token rows of something else than whole numbers are refused", async () => {
  await refusedBothWays({ input: [[1, 1.5]] }, "token id", "found 1.5");
  await refusedBothWays({ input: [[1, "2"]] }, "token id", 'found "2"');
  await refusedBothWays({ input: [[1, null]] }, "token id", "found null");
  await refusedBothWays({ input: { rows: [[1]] } }, "found {");
});

Deno.test("hook points that do not exist are refused with the nearest ones", async () => {
  await refusedBothWays(
    { tap: "blocks.0.hook_resid_pst" },
    '"blocks.0.hook_resid_pst"',
    `nearest: ${residual}`,
  );
  await refusedBothWays(
    { tap: "blocks.2.hook_resid_post" },
    '"blocks.2.hook_resid_post"',
    "in the layers 0 to 1",
  );
  await refusedBothWays(
    { tap: "blocks.*.attn.hook_y" },
    '"blocks.*.attn.hook_y"',
    "nearest: blocks.*.attn.hook_",
  );
  await refusedBothWays({ tap: "hook_pos_embed" }, '"hook_pos_embed"', "nearest: hook_embed");
  await refusedBothWays({ tap: "" }, "but found");
  await refusedBothWays(
    { edit: { at: "blocks.0.atn.hook_z", scale: 0 } },
    '"blocks.0.atn.hook_z"',
    "blocks.0.attn.hook_z",
  );
  await refusedBothWays({ edit: { at: 3, scale: 0 } }, '"at" of edit 0', "found 3");
});

Deno.test("heads, neurons, rows, positions and keys out of range are refused", async () => {
  await refusedBothWays(
    { edit: { at: z, heads: [1, 4], scale: 0 } },
    "head from 0 to 3",
    "found 4",
  );
  await refusedBothWays({ edit: { at: z, heads: [-5], scale: 0 } }, "from -4 to -1", "found -5");
  await refusedBothWays(
    { edit: { at: "blocks.1.attn.hook_k", heads: [2], scale: 0 } },
    "kv_head from 0 to 1",
    "found 2",
  );
  await refusedBothWays(
    { edit: { at: "blocks.0.mlp.hook_post", neurons: [48], scale: 0 } },
    "neuron from 0 to 47",
    "found 48",
  );
  await refusedBothWays(
    { edit: { at: residual, rows: [1], scale: 0 } },
    "row from 0 to 0",
    "found 1",
  );
  await refusedBothWays(
    { edit: { at: residual, positions: [4], scale: 0 } },
    "position from 0 to 3",
    residual,
    "found 4",
  );
  await refusedBothWays(
    { edit: { at: residual, positions: [-5], scale: 0 } },
    "from -4 to -1",
    "found -5",
  );
  await refusedBothWays(
    { edit: { at: residual, positions: { from: 4 }, scale: 0 } },
    "position from 0 to 3",
    "found 4",
  );
  await refusedBothWays(
    { edit: { at: residual, positions: { to: 5 }, scale: 0 } },
    "range within 0 to 4",
    '{"to":5}',
  );
  await refusedBothWays(
    { edit: { at: scores, keys: [4], scale: 0 } },
    "position from 0 to 3",
    scores,
    "found 4",
  );
  await refusedBothWays(
    { input: [[1, 2, 3], [1]], edit: { at: residual, positions: [1], scale: 0 } },
    "from 0 to 0",
    "found 1",
  );
  await refusedBothWays(
    { maxNewTokens: 3, edit: { at: residual, positions: [7], scale: 0 } },
    "from 0 to 6",
    "found 7",
  );
});

Deno.test("selections that a hook point does not have are refused", async () => {
  await refusedBothWays(
    { edit: { at: residual, heads: [0], scale: 0 } },
    "a hook point with heads",
    residual,
  );
  await refusedBothWays(
    { edit: { at: z, neurons: [0], scale: 0 } },
    "a hook point with neurons",
    z,
  );
  await refusedBothWays(
    { edit: { at: residual, keys: [0], scale: 0 } },
    "a hook point with keys",
    residual,
  );
  await refusedBothWays(
    { edit: { at: "**", heads: [0], scale: 0 } },
    "a hook point with heads",
    '"hook_embed"',
  );
  await refusedBothWays(
    { edit: { at: scores, projectOut: [1, 0] } },
    "a hook point with a feature axis",
    scores,
  );
});

Deno.test("selections that name nothing, or are none, are refused", async () => {
  for (const key of ["heads", "neurons", "rows"]) {
    await refusedBothWays(
      { edit: { at: z, [key]: [], scale: 0 } },
      `"${key}" of edit 0`,
      "at least one",
      "found []",
    );
    await refusedBothWays(
      { edit: { at: z, [key]: 0, scale: 0 } },
      `"${key}" of edit 0`,
      "a list",
      "found 0",
    );
  }
  await refusedBothWays(
    { edit: { at: z, heads: [0, 0.5], scale: 0 } },
    '"heads[1]" of edit 0',
    "found 0.5",
  );
  await refusedBothWays(
    { edit: { at: z, positions: [], scale: 0 } },
    '"positions" of edit 0',
    "found []",
  );
  await refusedBothWays(
    { edit: { at: z, positions: { from: 2, to: 2 }, scale: 0 } },
    "range",
    '{"from":2,"to":2}',
  );
  await refusedBothWays(
    { edit: { at: z, positions: { to: 2, form: 1 }, scale: 0 } },
    'a key of "positions" of edit 0',
    'found "form"; nearest: "from"',
  );
  await refusedBothWays(
    { edit: { at: z, positions: [[1], [2]], scale: 0 } },
    '"positions" of edit 0',
    "[[1],[2]]",
  );
  await refusedBothWays(
    { edit: { at: z, scale: 0, when: "never" } },
    '"when" of edit 0',
    '"generated"',
    'found "never"',
  );
});

Deno.test("selections that name something twice are refused", async () => {
  const cases: [edit: Record<string, unknown>, twice: string][] = [
    [{ heads: [0, 1, -4] }, "each head once"],
    [{ rows: [0, 0] }, "each row once"],
    [{ at: "blocks.0.mlp.hook_post", neurons: [7, 7] }, "each neuron once"],
  ];
  for (const [edit, twice] of cases) {
    await refusedBothWays({ edit: { at: z, scale: 0, ...edit } }, twice, "twice");
  }
});

Deno.test("edits of the wrong shape are refused", async () => {
  const cases: [value: unknown, found: string, selected: string][] = [
    [list(31), "[31]", "[1, tokens, 32]"],
    [[list(32), list(32)], "[2, 32]", "[1, 4, 32]"],
    [[[list(32)], [list(32)]], "[2, 1, 32]", "[1, tokens, 32]"],
    [[[[list(32)]]], "[1, 1, 1, 32]", "[1, tokens, 32]"],
  ];
  for (const [shift, found, selected] of cases) {
    await refusedBothWays(
      { edit: { at: residual, shift } },
      `shift at "${residual}"`,
      selected,
      `shape ${found}`,
    );
  }
  await refusedBothWays(
    { edit: { at: z, heads: [0, 1], scale: list(3) } },
    `scale at "${z}"`,
    "[1, tokens, 2, 8]",
    "[3]",
  );
  await refusedBothWays({
    edit: { at: z, positions: [0, 1], shift: [[list(8)], [list(8)], [list(8)]] },
  }, "[3, 1, 8]");
  await refusedBothWays(
    { edit: { at: residual, shift: [list(32), list(31)] } },
    residual,
    "ragged",
  );
  await refusedBothWays({ edit: { at: residual, shift: [] } }, residual, "empty");
  await refusedBothWays(
    { edit: { at: residual, projectOut: [list(31)] } },
    "directions of 32 numbers",
    "[1, 31]",
  );
  await refusedBothWays(
    { edit: { at: residual, projectOut: [list(32).fill(0)] } },
    "not zero",
    residual,
  );
});

Deno.test("edits with something else than finite numbers are refused", async () => {
  for (const [value, found] of [["1", '"1"'], [null, "null"], [true, "true"]] as const) {
    await refusedBothWays(
      { edit: { at: residual, shift: [...list(31), value] } },
      residual,
      `found ${found}`,
    );
    await refusedBothWays({ edit: { at: residual, scale: value } }, residual, `found ${found}`);
  }
});

Deno.test("misspelt and missing keys of edits are refused with the nearest key", async () => {
  await refusedBothWays(
    { edit: { at: z, head: [0], scale: 0 } },
    "edit 0",
    '"head"',
    'nearest: "heads"',
  );
  await refusedBothWays(
    { edit: [{ at: z, scale: 0 }, { at: z, postions: [0], scale: 0 }] },
    "edit 1",
    'nearest: "positions"',
  );
  await refusedBothWays({ edit: { at: z, Scale: 0 } }, '"Scale"', 'nearest: "scale"');
  await refusedBothWays({ edit: { at: z } }, "scale, shift or projectOut", z);
  await refusedBothWays({ edit: { scale: 0 } }, '"at" of edit 0', "found nothing");
  await refusedBothWays({ edit: { at: z, apply: "x => x" } }, '"apply" of edit 0', "a function");
  await refusedBothWays({ edit: ["z"] }, "edit 0", 'found "z"');
  await refusedBothWays({ edit: [null] }, "edit 0", "found null");
});

Deno.test("tokens that are bigints are refused, and shown", async () => {
  const model = await loadModel(grouped, { device: "cpu" });
  const inputs: unknown[] = [[1n], 1n, [[1, 2n]], { tokens: [1n] }];
  for (const input of inputs) {
    await assertRejects(() => model.run(input as number[]), CircuitbookError, "n");
  }
  await assertRejects(() => model.run([1n] as never), CircuitbookError, "but found 1n");
  const circular: unknown[] = [];
  circular.push(circular);
  await assertRejects(() => model.run({ circular } as never), CircuitbookError, "found an object");
  await model.dispose();
});
