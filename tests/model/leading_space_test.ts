import { assertEquals } from "@std/assert";
import { loadModel } from "circuitbook";

// A Llama whose next token is always "▁there", with a tokenizer that drops the first space of what
// it decodes, as Llama 2's does.
Deno.test("the written text keeps its first space, and stop texts see it", async () => {
  const model = await loadModel("tests/data/leading_space", { device: "cpu" });
  const generation = await model.generate("hi", { maxNewTokens: 3 });
  const [{ prompt, text, pieces }] = generation.rows;
  assertEquals(text, " there there there");
  assertEquals(pieces.join(""), text);
  assertEquals(prompt + text, model.tokenizer.decode(generation.wholeRows[0]));
  const stopped = await model.generate("hi", { maxNewTokens: 5, stop: " there" });
  assertEquals([stopped.rows[0].finish, stopped.texts], ["stop", [" there"]]);
  let streamed = "";
  for await (const token of model.generate("hi", { maxNewTokens: 3 })) streamed += token.text;
  assertEquals(streamed, text);
  await model.dispose();
});
