import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  CircuitbookError,
  countdown,
  loadModel,
  seededRandom,
  steering,
  tables,
} from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";

const model = await loadModel("countdown-r1", { device: "cpu" });
const { tokenizer } = model;

/** Prompts that end after the `(` of a first attempt, right or wrong. */
const prompts = countdown.chains(countdown.problems({ n: 6, seed: 4 }), { order: "random" })
  .map(({ text }) => text.slice(0, text.indexOf(" (", text.indexOf("\n- ")) + 2));

const random = seededRandom(2);
const noise = Array.from(prompts, () => Float32Array.from({ length: 192 }, () => random() - 0.5));

Deno.test("steered verdicts are what the model writes after one steered parenthesis", async () => {
  const classes = { right: [tokenizer.idOf("this"), tokenizer.idOf("not")] };
  const layers = { from: 4 };
  const options = { layers, scales: [30], classes };
  const table = tables.rowsOf(
    await verificationStudy.steeredVerdicts(model, prompts, {
      noise: (_layer, row) => noise[row],
    }, options),
  );
  let read = 0;
  for (const { scale, row, verdict, said } of table) {
    const edit = scale
      ? steering.steer(model, noise[row], { layers, scale, positions: [-1] })
      : undefined;
    const { texts: [text] } = await model.generate([prompts[row]], { maxNewTokens: 6, edit });
    const begins = /^(this|not)\b/.test(text);
    if (!begins) {
      assertEquals(said, "other");
      continue;
    }
    read++;
    assertEquals(verdict, text.split(/[)\n<]/)[0]);
    // The class `right` of this test holds "not", a word that denies.
    assertEquals(said, verdict.startsWith("not") ? "taken back" : "right");
  }
  assert(read >= prompts.length);
  assert(new Set(table.map(({ said }) => said)).has("taken back"));
});

Deno.test("classes without words for right are refused", async () => {
  const options = { scales: [1], classes: { correct: [tokenizer.idOf("this")] } };
  await assertRejects(
    () => verificationStudy.steeredVerdicts(model, prompts, { noise: noise[0] }, options),
    CircuitbookError,
    'a class "right" of first tokens but found correct',
  );
});
