import { ablation, attribution, countdown, loadModel, patching, tables } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";

const model = await loadModel("countdown-r1", { device: "cpu" });
const metric = countdown.verdictMargin(model.tokenizer);
const { pairs } = countdown.matchedPairs(model.tokenizer, { n: 4, seed: 5, attempt: 0 });
const textsOf = (list: typeof pairs) => ({
  clean: list.map(({ correct }) => correct),
  corrupted: list.map(({ wrong }) => wrong),
});

Deno.test("neurons are chosen on the searched pairs, and changes are means over the measured ones", async () => {
  const [searched, measured] = [textsOf(pairs.slice(0, 2)), textsOf(pairs.slice(2))];
  const found = tables.rowsOf(
    await verificationStudy.neuronChanges(model, { searched, measured }, { metric, k: 3 }),
  );
  const listed = tables.rowsOf(
    await attribution.estimateNeurons(model, searched, { metric, k: 3 }),
  );
  assertEquals(
    found.map(({ neuron }) => neuron),
    listed.slice(0, 3).map((row) => `L${row.layer}N${row.neuron}`),
  );
  for (const { neuron, patched, silenced } of found) {
    const [layer, number] = neuron.slice(1).split("N").map(Number);
    const neurons = [[layer, number]] as const;
    const changes: number[] = [];
    const losses: number[] = [];
    for (const pair of pairs.slice(2)) {
      const one = textsOf([pair]);
      const [put] = tables.rowsOf(await patching.neurons(model, one, { metric, neurons }));
      changes.push(put.value - put.corrupted);
      const [out] = tables.rowsOf(
        await ablation.sweepNeurons(model, one.clean, { metric, neurons }),
      );
      losses.push(out.value - out.baseline);
    }
    assertAlmostEquals(patched, (changes[0] + changes[1]) / 2, 1e-4);
    assertAlmostEquals(silenced, (losses[0] + losses[1]) / 2, 1e-4);
    assertNotEquals(patched, silenced);
  }
});
