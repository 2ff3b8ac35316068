import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, lens, loadModel, Tensor } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.\nAssistant:";

Deno.test("the lens at the last layer is the model's own prediction", async () => {
  const cache = await model.run(text, { tap: "blocks.*.hook_resid_post", logits: true });
  const { top } = await lens.logitLens(model, cache, { k: 4 });
  const columns = top.toRecords() as {
    layer: number;
    example: number;
    rank: number;
    id: number;
    probability: number;
  }[];
  const positions = cache.logits.size("position");
  assertEquals(top.height, 8 * positions * 4);
  for (let position = 0; position < positions; position++) {
    const probabilities = softmax(cache.logits.slice({ batch: 0, position }).data);
    const order = probabilities.map((p, id) => ({ p, id })).sort((a, b) => b.p - a.p).slice(0, 4);
    const read = columns.filter(({ layer, example }) => layer === 7 && example === position);
    assertEquals(read.map(({ id }) => id), order.map(({ id }) => id));
    read.forEach(({ probability }, rank) => assertAlmostEquals(probability, order[rank].p, 1e-5));
  }
});

Deno.test("tokens asked for are read whatever their rank", async () => {
  const cache = await model.run(text, {
    tap: "blocks.*.hook_resid_post",
    positions: [-1],
    logits: [-1],
  });
  const ids = [5, 573];
  const { asked } = await lens.logitLens(model, cache, { k: 1, tokens: ids });
  const probabilities = softmax(cache.logits.data);
  const last = (asked.toRecords() as { layer: number; id: number; probability: number }[]).filter((
    { layer },
  ) => layer === 7);
  assertEquals(last.map(({ id }) => id), ids);
  last.forEach(({ id, probability }) => assertAlmostEquals(probability, probabilities[id], 1e-6));
});

Deno.test("layers that alone were tapped keep their numbers, and last positions of unequal rows are read", async () => {
  const input = [text, "11 + 5 ="];
  const tokens = [20, 21];
  const positions = [-1];
  const read = async (tap: string | string[]) => {
    const cache = await model.run(input, { tap, positions });
    return (await lens.logitLens(model, cache, { k: 2, tokens })).asked.toRecords();
  };
  const all = await read("blocks.*.hook_resid_post");
  const some = await read([6, 2].map((l) => `blocks.${l}.hook_resid_post`));
  assertEquals(some.length, 2 * 2 * 2);
  for (const { layer, example, id, probability } of some) {
    const same = all.find((row) => row.layer === layer && row.example === example && row.id === id);
    assertAlmostEquals(Number(probability), Number(same?.probability), 1e-6);
  }
  const padded = await model.run(input, { tap: "blocks.*.hook_resid_post" });
  await assertRejects(() => lens.logitLens(model, padded), CircuitbookError, "found padding");
});

Deno.test("nearest ranks tokens by the product with their unembedding", async () => {
  const vector = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i));
  const unembedding = await model.unembedding();
  const scores = Array.from(
    { length: 574 },
    (_, vocab) => unembedding.slice({ vocab }).data.reduce((sum, u, i) => sum + u * vector[i], 0),
  );
  const table = await lens.nearest(model, vector, { k: 5 });
  const expected = scores.map((score, id) => ({ score, id })).sort((a, b) => b.score - a.score)
    .slice(0, 5);
  assertEquals(table.getColumn("id").toArray(), expected.map(({ id }) => id));
  table.getColumn("score").toArray().forEach((score, i) =>
    assertAlmostEquals(score as number, expected[i].score, 1e-4)
  );
});

Deno.test("many vectors are read in parts with the same result", async () => {
  const count = 60_000;
  const data = new Float32Array(count * 192);
  for (let i = 0; i < data.length; i++) data[i] = Math.cos(i);
  const all = await model.unembed(new Tensor(data, { example: count, d_model: 192 }), { k: 2 });
  const last = new Tensor(data.slice(-192), { example: 1, d_model: 192 });
  const one = await model.unembed(last, { k: 2 });
  assertEquals(all.tokens.size("example"), count);
  assertEquals([...all.tokens.slice({ example: -1 }).data], [...one.tokens.data]);
  assertAlmostEquals(
    all.scores.slice({ example: -1, rank: 0 }).item(),
    one.scores.slice({ example: 0, rank: 0 }).item(),
    1e-5,
  );
});

Deno.test("vectors that cannot be read are refused", async () => {
  const wrong = new Tensor(new Float32Array(4), { example: 1, d_model: 4 });
  await assertRejects(() => model.unembed(wrong), CircuitbookError, "d_model 192");
  const broken = new Tensor(new Float32Array(192).fill(NaN), { example: 1, d_model: 192 });
  await assertRejects(() => model.unembed(broken), CircuitbookError, "found NaN in vector 0");
  const fine = new Tensor(new Float32Array(192), { example: 1, d_model: 192 });
  await assertRejects(() => model.unembed(fine, { k: 575 }), CircuitbookError, "k from 1 to 574");
  await assertRejects(() => model.unembed(fine, { tokens: [574] }), CircuitbookError, "found 574");
});

function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const weights = values.map((value) => Math.exp(value - most));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

Deno.test("the lens by classes adds up the probabilities of their tokens", async () => {
  const at = "blocks.*.hook_resid_post";
  const classes = { few: [5, 100, 30], one: [573] };
  const cache = await model.run([text, `${text} Let`], {
    tap: at,
    positions: [[-2, -1], [-2, -1]],
  });
  const table = (await lens.classLens(model, cache, classes)).toRecords();
  const { top, asked } = await lens.logitLens(model, cache, {
    k: 1,
    tokens: Object.values(classes).flat(),
  });
  const [tops, single] = [top.toRecords(), asked.toRecords()];
  assertEquals(table.length, 8 * 4);
  table.forEach((row, i) => {
    assertEquals([row.layer, row.example, row.token], [
      tops[i].layer,
      tops[i].example,
      tops[i].token,
    ]);
    const own = single.slice(i * 4, i * 4 + 4).map(({ probability }) => Number(probability));
    assertAlmostEquals(Number(row["p(few)"]), own[0] + own[1] + own[2], 1e-6);
    assertAlmostEquals(Number(row["p(one)"]), own[3], 1e-6);
  });
  const said = await lens.classLens(model, cache, {
    all: Array.from({ length: 574 }, (_, id) => id),
  });
  assertEquals(new Set(said.getColumn("said").toArray()), new Set(["all"]));
  const other = await model.run(text, { tap: "blocks.*.hook_mlp_out", positions: [-1] });
  await assertRejects(
    () => lens.classLens(model, other, classes),
    CircuitbookError,
    "hook_resid_post tapped",
  );
  const padded = await model.run([text, `${text} Let`], { tap: at });
  await assertRejects(
    () => lens.classLens(model, padded, classes),
    CircuitbookError,
    "found padding",
  );
});
