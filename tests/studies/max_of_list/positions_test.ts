import { loadModel, maxOfList, vectors } from "circuitbook";
import * as maxOfListStudy from "circuitbook/studies/max_of_list";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { logitsByHand } from "../../tasks/max_of_list/by_hand.ts";

const model = await loadModel("max-of-list", { device: "cpu" });
const lists = maxOfList.lists({ n: 6, seed: 11, uniform: "maximum" });

Deno.test("embeddings of positions at zero, all alike, and pushed at random answer as the weights say by hand", async () => {
  const table = (await maxOfListStudy.withoutPositions(model, lists, { seed: 3 })).toRecords();
  const directions = vectors.randomDirections({ n: 6, size: 64, seed: 3 });
  const { data } = await model.weight("positions.weight");
  const mean = Array.from(
    { length: 64 },
    (_, i) => [0, 1, 2, 3, 4].reduce((sum, t) => sum + data[64 * t + i], 0) / 5,
  );
  assertEquals(table.length, 7 * 3 * lists.length);
  for (const { without, change, row, right } of table) {
    const own = ["digit 1", "digit 2", "digit 3", "digit 4", "digit 5", "ANS"].indexOf(
      String(without),
    );
    const logits = await logitsByHand(model, lists[Number(row)].tokens, {
      place: (embedding, position) => {
        if (own >= 0 && position !== own) return embedding;
        if (change === "mean") return position === 5 ? embedding : mean;
        if (change === "at zero") return embedding.map(() => 0);
        const push = directions.slice({ example: position }).data;
        const norm = Math.hypot(...embedding);
        return embedding.map((value, i) => value + norm * push[i]);
      },
    });
    assertEquals(
      right,
      logits.indexOf(Math.max(...logits)) === lists[Number(row)].maximum,
      `${without} ${change}`,
    );
  }
});

Deno.test("cosines are those of all pairs of embeddings", async () => {
  const table = (await maxOfListStudy.embeddingCosines(model)).toRecords();
  assertEquals(table.filter(({ of }) => of === "positions").length, 10);
  assertEquals(table.filter(({ of }) => of === "digits").length, 45);
  const { data } = await model.weight("positions.weight");
  const [one, two] = [1, 4].map((i) => [...data.slice(64 * i, 64 * i + 64)]);
  const dot = one.reduce((sum, value, i) => sum + value * two[i], 0);
  const found = table.find(({ of, embeddings }) => of === "positions" && embeddings === "2 and 5")!;
  assertAlmostEquals(Number(found.cosine), dot / Math.hypot(...one) / Math.hypot(...two), 1e-6);
});
