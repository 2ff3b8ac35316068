import { assertEquals } from "@std/assert";
import { type AffineEdit, loadModel, type Model, steering } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const prompts = ["11 + 5 = 16 (", "9 + 53 = 62 ("];
const vector = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i));

/** Greedy text by whole forward passes, without a cache of keys and values. */
async function written(
  model: Model,
  prompt: string,
  edit: (promptLength: number) => AffineEdit[],
  count: number,
) {
  const [prefix] = model.tokens(prompt);
  const tokens = [...prefix];
  while (tokens.length < prefix.length + count) {
    const { logits } = await model.run([tokens], { edit: edit(prefix.length), logits: [-1] });
    tokens.push(logits.data.indexOf(Math.max(...logits.data)));
  }
  return model.tokenizer.decode(tokens.slice(prefix.length));
}

for (const batch of [prompts, [prompts[0]]]) {
  Deno.test(`an edit at the prompt's last token leaves new tokens alone, ${batch.length} rows`, async () => {
    const edit = steering.steer(model, vector, { scale: 60, positions: [-1] });
    const { texts } = await model.generate(batch, { maxNewTokens: 8, edit, stopAtEnd: false });
    const at = (length: number) =>
      steering.steer(model, vector, { scale: 60, positions: [length - 1] });
    assertEquals(texts, await Promise.all(batch.map((prompt) => written(model, prompt, at, 8))));
  });

  Deno.test(`an edit whose moment does not come changes no token, ${batch.length} rows`, async () => {
    const edit = steering.steer(model, vector, {
      scale: 60,
      when: steering.everyNth(model, " (", 9),
    });
    const { texts } = await model.generate(batch, { maxNewTokens: 8, edit });
    assertEquals(texts, (await model.generate(batch, { maxNewTokens: 8 })).texts);
  });
}

Deno.test("an edit of one row leaves the others alone, also where they are computed one by one", async () => {
  const edit = steering.steer(model, vector, { scale: 60 }).map((edit) => ({ ...edit, rows: [0] }));
  const [, plain] = (await model.generate(prompts, { maxNewTokens: 8 })).texts;
  for (const batchSize of [1, 2]) {
    const { texts } = await model.generate(prompts, { maxNewTokens: 8, batchSize, edit });
    assertEquals(texts[1], plain);
  }
});
