import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { checkpoints, CircuitbookError, maxOfList, training } from "circuitbook";

const tokenizer = checkpoints.tokenizerOf(maxOfList.tokenizerFile());

/** Forty documents of 2 to 9 tokens; no two of a block are the same. */
function documents({ seed, block }: { seed: number; block: number }): training.TrainingDocument[] {
  return Array.from({ length: 40 }, (_, i) => {
    const digits = [Math.floor(i / 10), i % 10, seed % 10, block % 10, ...Array(5).fill(i % 7)];
    return { tokens: digits.slice(0, 4 + i % 6) };
  });
}

function stream(seed = 1, batchTokens = 30): training.BatchStream {
  return new training.BatchStream(documents, { tokenizer, batchTokens, seed });
}

function taken(from: training.BatchStream, count: number) {
  return Array.from({ length: count }, () => from.next());
}

Deno.test("every document of a block comes once, and batches are of about one length and no larger than wanted", () => {
  const batches = stream().batchesOf(3);
  const rows = batches.flatMap(({ rows }) => rows).map((row) => row.join()).sort();
  const expected = documents({ seed: 1, block: 3 }).map((document) =>
    "tokens" in document ? document.tokens.join() : ""
  );
  assertEquals(rows, expected.sort());
  for (const { rows, padded, tokens } of batches) {
    const lengths = rows.map(({ length }) => length);
    assertEquals(padded, rows.length * Math.max(...lengths));
    assertEquals(tokens, lengths.reduce((sum, length) => sum + length - 1, 0));
    assert(padded <= 30);
  }
  const all = batches.reduce((sum, { padded }) => sum + padded, 0);
  const real = rows.reduce((sum, row) => sum + row.split(",").length, 0);
  assert(real / all > 0.93, `${real} of ${all}`);
});

Deno.test("batches are shuffled, in another way in each block, and the same for the same seed", () => {
  const lengths = (seed: number, block: number) =>
    stream(seed).batchesOf(block).map(({ rows }) => rows[0].length);
  const sorted = lengths(1, 0).toSorted((a, b) => a - b);
  assertNotEquals(lengths(1, 0), sorted);
  assertNotEquals(lengths(1, 0), lengths(1, 1));
  assertNotEquals(lengths(1, 0), lengths(2, 0));
  assertEquals(stream(1).batchesOf(0), stream(1).batchesOf(0));
});

Deno.test("a stream that was set to a place goes on as the one that was there, over the ends of blocks", () => {
  const whole = stream();
  const count = whole.batchesOf(0).length + 5;
  const later = stream();
  taken(whole, count - 7);
  later.place = whole.place;
  assertEquals(taken(later, 12), taken(whole, 12));
  assertEquals(later.place, whole.place);
  assert(later.place.block > 0);
});

Deno.test("the weights of a batch add up to one, in the proportions of its documents, and count what is not zero", () => {
  const weighed = () => [{ tokens: [1, 2, 3], weights: [0, 3] }, { text: "123" }];
  const batch = new training.BatchStream(weighed, { tokenizer, batchTokens: 6, seed: 0 }).next();
  assertEquals(batch.rows, [[1, 2, 3], [1, 2, 3]]);
  assertEquals(batch.tokens, 3);
  [[0, 0.6], [0.2, 0.2]].forEach((row, r) =>
    row.forEach((weight, t) => assertAlmostEquals(batch.weights[r][t], weight))
  );
});

Deno.test("of a text with learned parts, only the tokens of these parts count", () => {
  const document = { text: "12345", learned: [{ start: 1, end: 2 }, { start: 3, end: 5 }] };
  const [batch] = new training.BatchStream(() => [document], { tokenizer, batchTokens: 9, seed: 0 })
    .batchesOf(0);
  assertEquals(batch.rows[0].length, 5);
  assertEquals(batch.tokens, 3);
  [1 / 3, 0, 1 / 3, 1 / 3].forEach((weight, t) => assertAlmostEquals(batch.weights[0][t], weight));
});

Deno.test("learned parts are found behind the begin token of a tokenizer", async () => {
  const llama = await checkpoints.loadTokenizer("tests/data/leading_space");
  const document = { text: "12 34", learned: [{ start: 3, end: 5 }] };
  const [batch] = new training.BatchStream(() => [document], {
    tokenizer: llama,
    batchTokens: 20,
    seed: 0,
  })
    .batchesOf(0);
  const pieces = llama.pieces(batch.rows[0]);
  const counted = pieces.filter((_, i) => i > 0 && batch.weights[0][i - 1] > 0);
  assertEquals(counted.join("").trim(), "34");
});

Deno.test("documents that nothing can be learned from are refused", () => {
  const refused = (documents: training.TrainingDocument[], message: string) =>
    assertThrows(
      () =>
        new training.BatchStream(() => documents, { tokenizer, batchTokens: 8, seed: 0 }).next(),
      CircuitbookError,
      message,
    );
  refused([], "Expected documents in block 0");
  refused([{ text: "1" }], "at least two tokens");
  refused([{ tokens: [1, 2, 3], weights: [1] }], "Expected 2 weights");
  refused([{ tokens: [1, 2], weights: [0] }], "more than 0 but found 0");
  refused(
    [{ text: "123", learned: [{ start: 2, end: 4 }] }],
    "inside the 3 characters of its text but found 2 to 4",
  );
});
