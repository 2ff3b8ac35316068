import { assertAlmostEquals, assertEquals } from "@std/assert";
import { checkpoints, countdown, loadModel } from "circuitbook";
import { openAdapterFolder } from "../../lib/checkpoint/adapter/folder.ts";
import { cachedGguf, knownModel } from "../../lib/checkpoint/hub/known_models.ts";
import { unless } from "../skipped.ts";
import reference from "../data/smollm2_countdown.json" with { type: "json" };

const NAMES = [
  "smollm2-countdown-base",
  "smollm2-countdown-r1",
  "smollm2-word-problems",
] as const;

const missing = await cachedGguf(knownModel("smollm2")!, undefined) === undefined
  ? "deno task model smollm2 has not brought the base model"
  : undefined;

for (const name of NAMES) {
  Deno.test(`the embedded adapter ${name} names the base model that deno task model brings`, async () => {
    assertEquals((await checkpoints.embeddedModels()).includes(name), true);
    const adapter = await openAdapterFolder(await checkpoints.findModel(name));
    assertEquals(adapter?.base, "smollm2");
  });

  Deno.test({
    ...unless(missing, `${name} has PEFT's logits and knows its prompt`),
    async fn() {
      const model = await loadModel(name, { device: "cpu" });
      assertEquals(countdown.templateFor(model.tokenizer), "short");
      const [tokens] = model.tokens(reference.text);
      assertEquals(tokens, reference.tokens);
      const { logits } = await model.run([tokens], { logits: [-1] });
      const { tokens: top, logits: wanted, mean } = reference[name];
      top.forEach((token, i) => assertAlmostEquals(logits.data[token], wanted[i], 1e-3));
      const sum = logits.data.reduce((sum, value) => sum + value, 0);
      assertAlmostEquals(sum / logits.data.length, mean, 1e-3);
    },
  });
}
