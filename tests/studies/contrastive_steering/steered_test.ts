import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, countdown, loadModel, reasoning, steering } from "circuitbook";
import * as contrastive from "circuitbook/studies/contrastive_steering";

const model = await loadModel("countdown-r1", { device: "cpu" });
const { tokenizer } = model;
const problems = reasoning.ofCountdown(
  countdown.problems({ n: 6, seed: 4, order: "random" }),
  tokenizer,
);
const examples = contrastive.examples(reasoning.worked(problems, tokenizer), problems, tokenizer);

Deno.test("the contrast of examples is the mean of last minus first, each read alone", async () => {
  const found = await contrastive.contrastOf(model, examples);
  const point = "blocks.3.hook_resid_post";
  const expected = new Float64Array(192);
  for (const { tokens, ends } of examples) {
    const cache = await model.run([[...tokens]], { tap: point });
    const at = (position: number) => cache.get(point).slice({ batch: 0, position }).data;
    const [last, first] = [at(ends.at(-1)!), at(ends[0])];
    expected.forEach((_, d) => expected[d] += (last[d] - first[d]) / examples.length);
  }
  found.vector(3).forEach((value, d) => assertAlmostEquals(value, expected[d], 1e-3));
  const back = await contrastive.contrastOf(model, examples, { later: "first", earlier: "last" });
  found.vector(3).forEach((value, d) => assertAlmostEquals(value, -back.vector(3)[d], 1e-3));
});

Deno.test("texts that go on from a place under a vector are those of a steered generation, judged", async () => {
  const starts = contrastive.startsAt(examples, "first", tokenizer).slice(0, 2);
  const vector = new Float32Array(192).fill(2);
  const options = { layers: [3], coefficients: [2], generate: { maxNewTokens: 20 } };
  const table = await contrastive.steered(model, starts, { twos: vector }, options);
  const edit = steering.steer(model, vector, {
    layers: [3],
    scale: 2 * Math.hypot(...vector),
    when: steering.whileWriting,
  });
  for (
    const { row, coefficient, text, problem, outcome, correct } of table.toRecords() as Record<
      string,
      never
    >[]
  ) {
    const start = starts[row];
    const { texts: [alone] } = await model.generate([[...start.tokens]], {
      maxNewTokens: 20,
      edit: coefficient ? edit : [],
    });
    assertEquals(text as string, alone);
    assertEquals([problem, outcome, correct as boolean], [
      start.problem.id,
      reasoning.outcome(alone),
      start.problem.correct(start.before + alone),
    ]);
  }
  assertEquals(table.height, 4);
});

Deno.test("places that are not known are refused by name", async () => {
  const contrast = contrastive.contrastOf(model, examples, { later: "third" as never });
  await assertRejects(
    () => contrast,
    CircuitbookError,
    '"later" of contrastOf to be "first", "second" or "last"',
  );
});
