import { assertAlmostEquals, assertRejects } from "@std/assert";
import { CircuitbookError, countdown, loadModel, reasoning } from "circuitbook";
import * as contrastive from "circuitbook/studies/contrastive_steering";

const model = await loadModel("countdown-r1", { device: "cpu" });
const { tokenizer } = model;
const problems = reasoning.ofCountdown(countdown.problems({ n: 3, seed: 2 }), tokenizer);
const examples = contrastive.examples(
  reasoning.worked(problems, tokenizer),
  problems,
  tokenizer,
);

Deno.test("the length of the stream is the mean norm at the ends of the last statements", async () => {
  let sum = 0;
  for (const { tokens, ends } of examples) {
    const cache = await model.run([...tokens], { tap: "blocks.2.hook_resid_post" });
    const { data } = cache.get("blocks.2.hook_resid_post").slice({ position: ends.at(-1)! });
    sum += Math.sqrt(data.reduce((squares, value) => squares + value * value, 0));
  }
  assertAlmostEquals(
    await contrastive.streamLength(model, examples, 2),
    sum / examples.length,
    1e-3,
  );
});

Deno.test("a layer that the model lacks is refused", async () => {
  await assertRejects(
    () => contrastive.streamLength(model, examples, 8),
    CircuitbookError,
    "blocks.8.hook_resid_post",
  );
});
