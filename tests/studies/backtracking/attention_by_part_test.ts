import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, countdown, loadModel, Tensor } from "circuitbook";
import * as backtracking from "circuitbook/studies/backtracking";

const model = await loadModel("countdown-r1");
const chains = countdown.chains(countdown.problems({ n: 20, seed: 5 }));
const texts = backtracking.counterfactuals(chains, model.tokenizer, {
  changes: ["nothing", "prompt: no target"],
  attempts: [0, 1],
});

Deno.test("attention by part is what the whole pattern of the text alone says", async () => {
  const attention = await backtracking.attentionByPart(model, texts);
  assertEquals(attention.sizes, { row: texts.length, layer: 8, head: 6, part: 5 });
  for (const row of [0, 3, texts.length - 1]) {
    const { tokens, positions: { target, copies, numbers, digits, open } } = texts[row];
    const pieces = model.tokenizer.pieces(tokens);
    const line = pieces.lastIndexOf("-", open);
    const queries = [...digits, open];
    const parts = [target, copies.flat(), numbers.flat()];
    const attempt = tokens.map((_, i) => i).filter((i) =>
      i >= line + 1 && (i > line + 1 || pieces[i] !== " ")
    );
    parts.push(
      attempt,
      tokens.map((_, i) => i).filter((i) => !parts.flat().includes(i) && !attempt.includes(i)),
    );
    const cache = await model.run([tokens], { tap: "blocks.*.attn.hook_pattern" });
    for (const [layer, head] of [[0, 1], [1, 3], [4, 0], [7, 5]]) {
      const pattern = cache.get(`blocks.${layer}.attn.hook_pattern`);
      parts.forEach((keys, part) => {
        const looks = queries.flatMap((query) =>
          keys.map((key) => pattern.slice({ batch: 0, head, query, key }).data[0])
        );
        const expected = looks.reduce((sum, share) => sum + share, 0) / queries.length;
        assertAlmostEquals(attention.slice({ row, layer, head, part }).data[0], expected, 1e-4);
      });
    }
  }
});

Deno.test("the parts of every head sum to 1, and no attention goes to a target that is not there", async () => {
  const attention = await backtracking.attentionByPart(model, texts);
  const sums = Array.from(
    { length: attention.data.length / 5 },
    (_, i) => attention.data.slice(5 * i, 5 * i + 5),
  );
  for (const parts of sums) assertAlmostEquals(parts.reduce((sum, share) => sum + share), 1, 1e-4);
  texts.forEach(({ change }, row) => {
    const seen = attention.slice({ row, part: 0 }).data.reduce((most, share) =>
      Math.max(most, share)
    );
    assert(change === "nothing" ? seen > 0.01 : seen === 0);
  });
});

Deno.test("what moved is the share that goes elsewhere, less that of the control", () => {
  const two = (...shares: number[]) =>
    new Tensor(new Float32Array(shares), { row: 1, layer: 1, head: 2, part: 3 });
  const before = two(0.5, 0.25, 0.25, 1, 0, 0);
  const moved = backtracking.attentionMoved(
    before,
    two(0, 0.5, 0.5, 1, 0, 0),
    two(0.25, 0.5, 0.25, 0, 0, 1),
  );
  assertEquals(moved.toRecords(), [
    { row: 0, layer: 0, head: 0, moved: 0.5, control: 0.25, effect: 0.25 },
    { row: 0, layer: 0, head: 1, moved: 0, control: 1, effect: -1 },
  ]);
  const gained = backtracking.attentionMoved(
    before,
    two(0, 0.5, 0.5, 1, 0, 0),
    two(0.25, 0.5, 0.25, 0, 0, 1),
    {
      part: "target in the prompt",
    },
  );
  assertEquals(gained.getColumn("moved").toArray(), [-0.5, 0]);
  assertEquals(gained.getColumn("control").toArray(), [-0.25, -1]);
  const other = new Tensor(new Float32Array(2), { row: 1, layer: 1, head: 1, part: 2 });
  assertThrows(
    () => backtracking.attentionMoved(before, other, before),
    CircuitbookError,
    "three tensors alike",
  );
});
