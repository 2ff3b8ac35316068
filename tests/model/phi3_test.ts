// The references come from transformers: tests/data/phi3_reference.py.
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadModel } from "circuitbook";

const folder = "tests/data/phi3_longrope";

Deno.test("Phi-3's fused matrices, windows, and longrope of a part of each head give transformers' logits", async () => {
  const { tokens, lastLogits } = JSON.parse(await Deno.readTextFile(`${folder}/reference.json`));
  const model = await loadModel(folder, { device: "cpu" });
  const { logits } = await model.run([tokens], { logits: [-1] });
  for (const [i, expected] of lastLogits.entries()) {
    assertAlmostEquals(logits.data[i], expected, 1e-5);
  }
  const cached = await model.generate([tokens], { maxNewTokens: 4, stopAtEnd: false });
  for (let at = 0; at < 4; at++) {
    const text = [...tokens, ...cached.rows[0].tokens.slice(0, at)];
    const full = await model.run([text], { logits: [-1] });
    assertEquals(
      full.logits.data.indexOf(Math.max(...full.logits.data)),
      cached.rows[0].tokens[at],
    );
  }
  await model.dispose();
});
