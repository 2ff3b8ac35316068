import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadModel, probing, vectors } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const labels = Array.from({ length: 60 }, (_, i) => i % 2 ? "this" : "not");
const activations = {
  4: vectors.randomDirections({ n: 60, size: 192, seed: 1 }),
  6: vectors.randomDirections({ n: 60, size: 192, seed: 2 }),
};
const probes = await probing.probe(activations, labels, { groups: labels.map((_, i) => i) });

Deno.test("neighbours of a direction are the tokens with the largest dot products, best first", async () => {
  const rows = (await probing.nearestTokens(model, probes, { k: 4 })).toRecords();
  assertEquals(rows.map(({ layer, class: name, rank }) => `${layer} ${name} ${rank}`).slice(3, 9), [
    "4 not 4",
    "4 this 1",
    "4 this 2",
    "4 this 3",
    "4 this 4",
    "6 not 1",
  ]);
  const unembedding = await model.unembedding();
  const direction = probing.directions(probes, "this")(6);
  const scores = Array.from({ length: unembedding.size("vocab") }, (_, id) => {
    const { data } = unembedding.slice({ vocab: id });
    return direction.reduce((sum, x, i) => sum + x * data[i], 0) / Math.hypot(...direction);
  });
  const ids = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 4);
  const found = rows.filter(({ layer, class: name }) => layer === 6 && name === "this");
  assertEquals(found.map(({ id }) => id), ids);
  found.forEach(({ score }, i) => assertAlmostEquals(Number(score), scores[ids[i]], 1e-4));
});
