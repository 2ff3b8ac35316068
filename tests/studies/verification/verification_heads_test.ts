import { assert, assertEquals } from "@std/assert";
import { ablation, countdown, knockOut, loadModel, type Model, tables } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import { pairsFor } from "../../../lib/studies/verification/pairs_for.ts";

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
    for (const { correct, positions } of pairs.slice(2)) {
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
    assertEquals([own, n], [said.filter(Boolean).length / 4, 4]);
    assert(Math.abs(own - control - value) < 1e-9);
  } finally {
    await Deno.remove(cacheFolder, { recursive: true });
  }
});

/**
 * Returns the share of right results that are called right while heads write at the `(` what they
 * write there in a text with a wrong result, over all such texts.
 */
async function recognisedResampled(
  model: Model,
  pairs: readonly verificationStudy.JudgedPair[],
  heads: readonly (readonly [number, number])[],
): Promise<number> {
  const { right, wrong } = countdown.verdictStarts(model.tokenizer);
  const said: boolean[] = [];
  for (const donor of pairs) {
    const there = await model.run([donor.wrong], { tap: "blocks.*.attn.hook_z", positions: [-1] });
    const edit = heads.map(([layer, head]) => {
      const at = `blocks.${layer}.attn.hook_z`;
      const shift = there.get(at).slice({ head: [head] }).data;
      return { at, heads: [head], positions: [-1], scale: 0, shift };
    });
    for (const { correct } of pairs) {
      const { data } = (await model.run([correct], { edit, logits: [-1] })).logits;
      said.push(data[right] > data[wrong]);
    }
  }
  return said.filter(Boolean).length / said.length;
}

Deno.test("the search on the property task takes no heads that only zero ablation makes matter", async () => {
  const cacheFolder = await Deno.makeTempDir();
  try {
    const model = await loadModel("property-r1");
    const found = await verificationStudy.verificationHeads(model, {
      n: 6,
      most: 2,
      seed: 1,
      task: "property",
      cacheFolder,
    });
    const searched = verificationStudy.judgedPairs(model, "property", { n: 6, seed: 1 }).slice(
      0,
      2,
    );
    assertEquals(await recognisedResampled(model, searched, found.heads), 0, found.names);

    // On these pairs, zero ablation alone takes a head whose output differs little between right
    // and wrong results.
    const byZero = await ablation.greedySet(model, searched.map(({ correct }) => correct), {
      metric: countdown.verdictMargin(model.tokenizer),
      candidates: ablation.allHeads(model),
      from: searched.map(({ positions }) => positions.open),
      size: 2,
    });
    const steps = tables.rowsOf(byZero).slice(1);
    assertEquals(steps.at(-1)!.share, 0);
    const heads = steps.map(({ layer, head }) => [layer, head] as const);
    assertEquals(await recognisedResampled(model, searched, heads), 1);
  } finally {
    await Deno.remove(cacheFolder, { recursive: true });
  }
});

Deno.test("a model of more than 50 million parameters is searched on half as many pairs", () => {
  const shapes = (width: number) => ({ shapes: new Map([["a", [1000, width]], ["b", [1000]]]) });
  assertEquals([pairsFor(shapes(49_999)), pairsFor(shapes(50_000))], [90, 45]);
});
