import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { countdown } from "circuitbook";

const options = { vocabulary: 573, end: 573 };

Deno.test("a copy repeats random tokens, and only the repetition counts", () => {
  for (const { tokens, weights } of countdown.tokenCopies({ ...options, n: 50, seed: 3 })) {
    const half = (tokens.length - 1) / 2;
    assert(half >= 8 && half <= 16);
    assertEquals(tokens.slice(half, -1), tokens.slice(0, half));
    assertEquals(tokens.at(-1), 573);
    // weights[t] belongs to the prediction of token t + 1.
    assertEquals(weights.map((weight, t) => weight * (t + 1)).filter((t) => t).at(0), half);
    assertEquals(weights.filter((weight) => weight).length, half + 1);
  }
});

Deno.test("copies are a function of seed and block, and reach every token", () => {
  const at = (block: number, seed: number) =>
    countdown.tokenCopies({ ...options, block, seed }).map(({ tokens }) => tokens);
  assertEquals(at(2, 1), at(2, 1));
  assertNotEquals(at(2, 1), at(3, 1));
  assertNotEquals(at(2, 1), at(2, 2));
  const seen = new Set(Array.from({ length: 20 }, (_, block) => at(block, 1)).flat(2));
  assertEquals(seen.size, 574);
});
