import { assert, assertEquals } from "@std/assert";
import { countdown, knockOut, loadModel, tables } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";

Deno.test("verification heads are found once, and without them right results are not recognised", async () => {
  const cacheFolder = await Deno.makeTempDir();
  try {
    const model = await loadModel("countdown-r1");
    const options = { n: 6, most: 2, seed: 5, cacheFolder };
    const found = await verificationStudy.verificationHeads(model, options);
    const again = await verificationStudy.verificationHeads(model, options);
    assertEquals([again.date, again.heads, again.validation.height], [
      found.date,
      found.heads,
      found.validation.height,
    ]);

    // The same silencing by hand, text by text, on the pairs that validate.
    const template = countdown.templateFor(model.tokenizer);
    const { pairs } = countdown.matchedPairs(model.tokenizer, {
      n: 6,
      seed: 5,
      order: "random",
      template,
    });
    const { right, wrong } = countdown.verdictStarts(model.tokenizer);
    const said: boolean[] = [];
    for (const { correct, positions } of pairs.slice(3)) {
      const edit = knockOut(found.heads, { positions: { from: found.from(positions) } });
      const { data } = (await model.run([correct], { edit, logits: [-1] })).logits;
      said.push(data[right] > data[wrong]);
    }
    const asked = { heads: "verifiers", kind: "zero", asked: "right result" };
    assertEquals(
      tables.rowsOf(tables.rowsWhere(found.validation, asked)).map(({ yes }) => yes),
      said,
    );
    const { own, control, value, n } = found.effect("right result");
    assertEquals([own, n], [said.filter(Boolean).length / 3, 3]);
    assert(Math.abs(own - control - value) < 1e-9);
  } finally {
    await Deno.remove(cacheFolder, { recursive: true });
  }
});
