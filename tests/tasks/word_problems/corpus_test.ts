import { assert, assertEquals } from "@std/assert";
import { countdown, reasoning, wordProblems } from "circuitbook";

const plain = { chat: () => "" };
const texts = wordProblems.corpus(plain, { n: 600, seed: 3, block: 2 });

/** Returns the equations of a text, with whether each is true. */
function equations(text: string): { text: string; isTrue: boolean }[] {
  return [...text.matchAll(/([\d +*/-]+) = (-?\d+)/g)].map(([whole, expression, result]) => ({
    text: whole,
    isTrue: String(countdown.expressionAt(expression.trim(), 0)!.value) === result,
  }));
}

Deno.test("worked texts answer rightly, and state their answer in three sentences or more", () => {
  for (const { completion, answer } of texts) {
    assert(wordProblems.score(completion, { answer }).correct, completion);
    assert(reasoning.statedEnds(completion.split("</think>")[0], answer).length >= 3, completion);
  }
});

Deno.test("every equation is true, except for one slip, which the chain finds and corrects", () => {
  let slips = 0;
  for (const { completion } of texts) {
    const wrong = equations(completion).filter(({ isTrue }) => !isTrue);
    assert(wrong.length <= 1, completion);
    assertEquals(wrong.length, completion.split(" is wrong.\nOnce more. ").length - 1, completion);
    slips += wrong.length;
  }
  assert(slips > 0.19 * texts.length && slips < 0.31 * texts.length, `${slips} slips`);
});

Deno.test("answers are checked once, and sometimes more often", () => {
  const counts = texts.map(({ completion, answer }) =>
    completion.split(`That gives ${answer} again.`).length - 1
  );
  assertEquals([Math.min(...counts), Math.max(...counts) <= 8], [1, true]);
  for (const count of [1, 2, 3, 4]) assert(counts.includes(count), `${count} checks`);
});

Deno.test("no text asks a question of the first 216 that the generator makes from seed 1", () => {
  const held = wordProblems.make({ n: 216, seed: 1 }).map((problem) =>
    wordProblems.prompt(problem, plain)
  );
  // Without the filter, 6,000 texts ask about fourteen of these questions.
  const many = wordProblems.corpus(plain, { n: 6000, seed: 3 });
  const asked = new Set(many.map(({ prompt }) => prompt));
  assertEquals(held.filter((prompt) => asked.has(prompt)), []);
});

Deno.test("a block has the same texts each time, and other texts than its neighbours", () => {
  assertEquals(wordProblems.corpus(plain, { n: 5, seed: 3, block: 2 }), texts.slice(0, 5));
  const other = wordProblems.corpus(plain, { n: 5, seed: 3, block: 3 });
  assert(other.every(({ prompt }, i) => prompt !== texts[i].prompt));
});
