import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, CircuitbookError, countdown, wordProblems } from "circuitbook";

const root = (path: string) => fromFileUrl(new URL(`../../../${path}`, import.meta.url));
const made = wordProblems.make({ n: 48, seed: 1 });

Deno.test("data/word-problems.jsonl is what the generator writes", async () => {
  assertEquals(await Deno.readTextFile(root("data/word-problems.jsonl")), wordProblems.write(made));
});

Deno.test("every equation of a worked chain is true, and the last number of its first paragraph is the answer", () => {
  for (const { chain, answer } of made) {
    const equations = [...chain.matchAll(/([\d +*/-]+) = (\d+)/g)];
    assert(equations.length >= 3, chain);
    for (const [, expression, result] of equations) {
      const { value } = countdown.expressionAt(expression.trim(), 0)!;
      assertEquals(String(value), result, chain);
    }
    const [first] = chain.split("\n");
    assertEquals(String(wordProblems.numbersIn(first).at(-1)?.value), answer);
  }
});

Deno.test("problems of a seed are all different, stay the same when more are asked for, and differ from another seed's", () => {
  assertEquals(new Set(made.map(({ question }) => question)).size, 48);
  assertEquals(wordProblems.make({ n: 5, seed: 1 }), made.slice(0, 5));
  assert(wordProblems.make({ n: 1, seed: 2 })[0].question !== made[0].question);
  assertThrows(() => wordProblems.make({ n: -1 }), CircuitbookError, "found -1");
});

Deno.test("numbers are found whole, with thousands, decimals and signs", () => {
  const values = (text: string) => wordProblems.numbersIn(text).map(({ value }) => value);
  assertEquals(values("162, 62. 62.5; 1,080 and 12,34 or 3.14"), [
    162,
    62,
    62.5,
    1080,
    12,
    34,
    3.14,
  ]);
  assertEquals(values("= -62, 100-62, 100 - 62, (-3) x-7 −5"), [-62, 100, 62, 100, 62, -3, 7, -5]);
  assertEquals(values("none at all"), []);
  const text = "= -62 (not";
  assertEquals(wordProblems.numbersIn(text).map(({ start, end }) => text.slice(start, end)), [
    "-62",
  ]);
});

Deno.test("the answer is the boxed number after the chain of thought, or else the last one there", () => {
  const problem = { answer: "1080" };
  const value = (text: string) => wordProblems.score(text, problem).value;
  assertEquals(value("1080.</think>\nHalf of 2,160 is **1,080** pens."), 1080);
  assertEquals(value("7</think> \\boxed{3} no, \\boxed{1,080}, in 5 steps"), 1080);
  assertEquals(value("So 1080."), undefined);
  assertEquals(value("1080</think> none"), undefined);
  assertEquals(wordProblems.score("</think> 1080", problem).correct, true);
  assertEquals(wordProblems.score("1080</think> 108", problem).correct, false);
});

Deno.test("the prompt asks the question and ends inside the chain of thought, with a chat template or without", async () => {
  const plain = await checkpoints.loadTokenizer(root("data/models/countdown-r1"));
  assert(wordProblems.prompt(made[0], plain).startsWith(`User: ${made[0].question}`));
  const chat = (end: string) => ({
    chatTemplate: "of the model",
    chat: ([{ content }]: readonly { content: string }[]) =>
      `<|user|>${content}<|assistant|>${end}`,
  });
  assert(wordProblems.prompt(made[0], chat("")).endsWith("<|assistant|><think>\n"));
  assert(wordProblems.prompt(made[0], chat("<think>\n")).endsWith("<|assistant|><think>\n"));
  const broken = {
    chatTemplate: "that does not render",
    chat: () => {
      throw new CircuitbookError("no");
    },
  };
  assertThrows(() => wordProblems.prompt(made[0], broken), CircuitbookError);
});
