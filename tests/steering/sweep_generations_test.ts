import { assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, loadModel, stats, steering, vectors } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const prompts = ["11 + 5 = ", "User: Using the numbers [11, 5, 68], create", "9 + 53 - 4 ="];
const directions = vectors.randomDirections({ n: 3, size: 192, seed: 1 });
const direction = (row: number) => directions.slice({ example: row }).data;

Deno.test("each text of a sweep is what the model writes alone under that vector, layer and coefficient", async () => {
  const generate = { maxNewTokens: 12, batchSize: 4 };
  const vectors = { own: (_: number, row: number) => direction(row), one: direction(0) };
  const table = await steering.sweepGenerations(model, prompts, vectors, {
    layers: [2, 5],
    coefficients: [-60, 40],
    generate,
  });
  assertEquals(table.height, 2 * 2 * 3 * 3);
  for (
    const { series, layer, coefficient, row, text, tokens, finish, repeated } of table.toRecords()
  ) {
    const vector = series === "one" ? direction(0) : direction(row as number);
    const edit = coefficient
      ? steering.steer(model, vector, {
        layers: [layer as number],
        scale: coefficient as number,
        when: steering.whileWriting,
      })
      : [];
    const { rows: [alone] } = await model.generate(prompts[row as number], {
      maxNewTokens: 12,
      edit,
    });
    assertEquals([text, tokens, finish, repeated], [
      alone.text,
      alone.tokens.length,
      alone.finish,
      stats.repeatedShare(alone.tokens),
    ]);
  }
});

Deno.test("a sweep refuses vectors of another size or with infinities, and unknown options", async () => {
  const options = { layers: [1], coefficients: [1], generate: { maxNewTokens: 2 } };
  const sweep = (vector: ArrayLike<number>, more = {}) =>
    steering.sweepGenerations(model, prompts, { short: vector }, { ...options, ...more });
  await assertRejects(() => sweep([1, 2]), CircuitbookError, '192 finite numbers as "short"');
  await assertRejects(
    () => sweep(new Float32Array(192).fill(Infinity)),
    CircuitbookError,
    "192 finite numbers",
  );
  await assertRejects(
    () => sweep(direction(0), { layers: [8] }),
    CircuitbookError,
    "layer from 0 to 7",
  );
  await assertRejects(
    () => sweep(direction(0), { coefficient: [8] }),
    CircuitbookError,
    'nearest: "coefficients"',
  );
});

Deno.test("sentences end at full stops and lines, once each, from the last token of the prompt on", () => {
  const words = [
    "<think>",
    "\n",
    "It",
    " is",
    " 6",
    ".",
    "\n\n",
    "3",
    ".)",
    " So",
    "62",
    "\n",
    " (not",
    " 6",
    ")\n",
    "8",
  ];
  const tokenizer = { pieces: (ids: readonly number[]) => ids.map((id) => words[id]) };
  const held = (when: unknown, promptLength: number) =>
    words.flatMap((_, i) => {
      const tokens = Array.from({ length: i + 1 }, (_, id) => id);
      return (when as (context: object) => boolean)({ tokens, promptLength, row: 0 }) ? [i] : [];
    });
  const when = steering.atSentenceEnds({ tokenizer } as unknown as typeof model);
  assertEquals(held(when, 6), [5, 8, 11, 14]);
  assertEquals(held(when, 2), [1, 5, 8, 11, 14]);
  assertEquals(
    held(
      steering.atSentenceEnds({ tokenizer } as unknown as typeof model, { promptEnd: false }),
      2,
    ),
    [5, 8, 11, 14],
  );
});
