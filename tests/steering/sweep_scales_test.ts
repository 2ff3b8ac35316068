import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, loadModel, steering, vectors } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const prompts = ["11 + 5 = 16 (", "9 + 53 - 4 = 58 ("];
const id = (word: string) => model.tokenizer.idOf(word);
const classes = { right: [id("this")], wrong: [id("not")] };
const directions = vectors.randomDirections({ n: 2, size: 192, seed: 1 });
const direction = (row: number) => directions.slice({ example: row }).data;

Deno.test("each row of a sweep is what an ordinary steered run says, with a direction of its own", async () => {
  const options = { scales: [0, 70], layers: { from: 5 }, classes };
  const table = await steering.sweepScales(
    model,
    prompts,
    { random: (_, row) => direction(row) },
    options,
  );
  for (
    const { scale, row, token, said, ...chances } of table.toRecords() as Record<string, number>[]
  ) {
    const edit = scale
      ? steering.steer(model, direction(row), { scale, layers: { from: 5 }, positions: [-1] })
      : [];
    const { logits } = await model.run(prompts[row], { edit, logits: [-1] });
    const data = Array.from(logits.data);
    const top = data.indexOf(Math.max(...data));
    const total = data.reduce((sum, x) => sum + Math.exp(x), 0);
    assertEquals(`${token}`, model.tokenizer.pieces([top])[0]);
    assertEquals(
      `${said}`,
      top === classes.right[0] ? "right" : top === classes.wrong[0] ? "wrong" : "other",
    );
    assertAlmostEquals(chances["p(right)"], Math.exp(data[classes.right[0]]) / total, 1e-5);
    assertAlmostEquals(chances["p(wrong)"], Math.exp(data[classes.wrong[0]]) / total, 1e-5);
  }
  assertEquals(table.height, 4);
});

Deno.test("a sweep refuses vectors of another size, and no layers", async () => {
  const nowhere = steering.sweepScales(model, prompts, {}, {
    scales: [5],
    classes,
    layers: { from: 1, to: 1 },
  });
  await assertRejects(() => nowhere, CircuitbookError, "at least one layer");
  const sweep = steering.sweepScales(model, prompts, { short: [1, 2] }, { scales: [5], classes });
  await assertRejects(() => sweep, CircuitbookError, "a vector of 192 finite numbers");
});

Deno.test("from the n-th occurrence on every token is meant", () => {
  const when = steering.afterNth(model, " (", 2) as (context: object) => boolean;
  const tokens = model.tokenizer.encode("1 (not 2) 3 (this works");
  const held = tokens.map((_, i) => when({ tokens: tokens.slice(0, i + 1) }));
  assertEquals(held.indexOf(true), tokens.lastIndexOf(id(" (")));
  assertEquals(held.slice(held.indexOf(true)).every(Boolean), true);
});
