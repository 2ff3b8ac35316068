import { assertEquals, assertMatch } from "@std/assert";
import { Abilities, loadModel, wordProblems } from "circuitbook";
import { cachedGguf, knownModel } from "../../../lib/checkpoint/hub/known_models.ts";
import { unless } from "../../skipped.ts";

const missing = await cachedGguf(knownModel("smollm2")!, undefined) === undefined
  ? "deno task model smollm2 has not brought the base model"
  : undefined;

const problems = wordProblems.make({ n: 6, seed: 1 });

Deno.test({
  ...unless(missing, "a model that learned word problems answers half of six, its base does not"),
  async fn() {
    for (const [name, answers] of [["smollm2-word-problems", true], ["smollm2", false]] as const) {
      const model = await loadModel(name, { device: "cpu" });
      const abilities = new Abilities();
      await wordProblems.noteAnswers(abilities, model, problems, { maxNewTokens: 250 });
      assertEquals(abilities.missing("word answers") === undefined, answers, name);
      await model.dispose();
    }
  },
});

Deno.test("a model without ordinary words is not asked", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const abilities = new Abilities();
  await wordProblems.noteAnswers(abilities, model, problems);
  assertMatch(abilities.missing("word answers")!, /no ordinary words/);
  await model.dispose();
});
