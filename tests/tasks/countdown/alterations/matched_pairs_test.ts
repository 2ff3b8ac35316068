import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, CircuitbookError, countdown } from "circuitbook";

const tokenizer = await checkpoints.loadTokenizer(
  fromFileUrl(new URL("../../../../data/models/countdown-r1", import.meta.url)),
);

/**
 * Reads a cut text without the library's parser: target, earlier copies, the last expression's
 * value, the last result.
 */
function read(text: string) {
  const [, target] = text.match(/equals (\d+)\./)!;
  const copies = [...text.matchAll(/\(not (\d+)\)/g)].map(([, copy]) => copy);
  const [, expression, stated] = text.match(/\n- ([^=\n]+) = [^\n]*?(-?\d+) \($/)!;
  return {
    target,
    copies,
    value: new Function(`return ${expression}`)() as number,
    stated: Number(stated),
  };
}

for (const order of ["fixed", "random"] as const) {
  for (const template of ["short", "tinyzero"] as const) {
    Deno.test(`another target: ${order} order, ${template} prompt`, () => {
      const { pairs } = countdown.matchedPairs(tokenizer, { n: 60, seed: 3, order, template });
      assertEquals(pairs.length, 60);
      for (const { problem, index, correct, wrong, changed, positions } of pairs) {
        const [right, other] = [correct, wrong].map((tokens) => read(tokenizer.decode(tokens)));
        assertEquals([Number(right.target), right.value, right.stated], [
          problem.target,
          problem.target,
          problem.target,
        ]);
        assert(
          right.copies.length === index && right.copies.every((copy) => copy === right.target),
        );
        assert(
          other.copies.length === index && other.copies.every((copy) => copy === other.target),
        );
        assert(other.stated === right.stated && other.target !== right.target);
        assertEquals(correct.length, wrong.length);
        assertEquals(changed, [...correct.keys()].filter((i) => correct[i] !== wrong[i]));
        assert([...right.target].every((digit, i) => digit !== other.target[i]));
        const places = [...positions.target, ...positions.copies.flat()];
        assert(changed.length > 0 && changed.every((position) => places.includes(position)));
      }
    });
  }
}

Deno.test("another result: only its digits change, and it is neither the target nor any number of the text", () => {
  const { pairs } = countdown.matchedPairs(tokenizer, {
    n: 60,
    seed: 3,
    change: "result",
    operands: 3,
  });
  for (const { problem, correct, wrong, changed, positions } of pairs) {
    const [right, other] = [correct, wrong].map((tokens) => read(tokenizer.decode(tokens)));
    assertEquals([right.stated, other.value, Number(other.target)], [
      problem.target,
      problem.target,
      problem.target,
    ]);
    assert(other.stated !== problem.target && !problem.numbers.includes(other.stated));
    assert(changed.length > 0 && changed.every((position) => positions.digits.includes(position)));
    assertEquals(positions.open, correct.length - 1);
    assertEquals(tokenizer.pieces([correct[positions.equals.at(-1)!]]), [" ="]);
    assertEquals(tokenizer.decode(positions.target.map((i) => wrong[i])), `${problem.target}`);
  }
});

Deno.test("pairs of one attempt, and the same pairs for the same seed", () => {
  const { pairs } = countdown.matchedPairs(tokenizer, { n: 20, seed: 1, attempt: 3 });
  assert(pairs.every(({ index, positions }) => index === 3 && positions.copies.length === 3));
  assertEquals(countdown.matchedPairs(tokenizer, { n: 20, seed: 1, attempt: 3 }).pairs, pairs);
  assertNotEquals(countdown.matchedPairs(tokenizer, { n: 20, seed: 2, attempt: 3 }).pairs, pairs);
});

Deno.test("pairs whose tokens differ in number are left out and counted", () => {
  const ids = new Map<string, number>();
  const pieceOf = (id: number) => [...ids.keys()][id];
  // Numbers that end in 1 are one token; all others are a token for each digit.
  const uneven = {
    encode: (text: string) =>
      text.match(/\d1(?!\d)|./gs)!.map((piece) =>
        ids.get(piece) ?? ids.set(piece, ids.size).size - 1
      ),
    decode: (tokens: readonly number[]) => tokens.map(pieceOf).join(""),
    pieces: (tokens: readonly number[]) => tokens.map(pieceOf),
  };
  const { pairs, dropped } = countdown.matchedPairs(uneven, { n: 80, seed: 1 });
  assert(dropped > 0);
  for (const { problem, correct, wrong } of pairs) {
    assertEquals(correct.length, wrong.length);
    assertEquals(
      problem.target % 10 === 1 && problem.target > 9,
      /equals \d1\./.test(uneven.decode(wrong)),
    );
  }
});

Deno.test("what cannot be made is refused with the reason", () => {
  const pairs = (options: countdown.PairOptions) => () =>
    countdown.matchedPairs(tokenizer, options);
  assertThrows(
    pairs({ n: 5, attempt: 40 }),
    CircuitbookError,
    "Expected 5 pairs but found 0 among 200 problems",
  );
  assertThrows(pairs({ n: 0 }), CircuitbookError, "at least 1");
  assertThrows(
    pairs({ n: 5, change: "both" as never }),
    CircuitbookError,
    'to be "target" or "result"',
  );
  assertThrows(pairs({ n: 5, seeds: 1 } as never), CircuitbookError, 'nearest: "seed"');
});
