import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, CircuitbookError, countdown, reasoning, wordProblems } from "circuitbook";
import * as contrastive from "circuitbook/studies/contrastive_steering";

const tokenizer = await checkpoints.loadTokenizer(
  fromFileUrl(new URL("../../../data/models/countdown-r1", import.meta.url)),
);

const problem = countdown.problem([68, 5, 11], 62, "68 + 5 - 11");
const [asked] = reasoning.ofCountdown([problem], tokenizer);
const thought =
  " We have the numbers 68, 5, and 11. Let's try different combinations:\n- 68 - 11 - 5 = 57 - 5 = 52 (not 62)\n" +
  "- 68 + 5 - 11 = 73 - 11 = 62 (this works)\nSo, the equation that equals 62 is 68 + 5 - 11. ";
const chain = (completion: string) => ({
  prompt: asked.prompt,
  tokens: tokenizer.encode(asked.prompt + completion),
});
const right = "</think>\n<answer> 68 + 5 - 11 </answer>";

Deno.test("the places of a countdown chain are the line ends of its attempts and its closing full stop", () => {
  const [example] = contrastive.examples([chain(thought + right)], [asked], tokenizer);
  const upTo = (end: number) =>
    tokenizer.decode(example.tokens.slice(0, end + 1)).slice(asked.prompt.length);
  const cuts = ["(not 62)\n", "(this works)\n", "68 + 5 - 11."].map((end) =>
    thought.slice(0, thought.indexOf(end) + end.length)
  );
  assertEquals(example.ends.map(upTo), cuts);
  assertEquals(tokenizer.decode(example.tokens.slice(0, example.promptLength)), asked.prompt);
  const [start] = contrastive.startsAt([example], "first", tokenizer);
  assertEquals(start.before, thought.slice(0, thought.indexOf("(not 62)\n") + 9));
  assertEquals(tokenizer.decode(start.tokens), asked.prompt + start.before);
  assertEquals(contrastive.startsAt([example], "second", tokenizer), []);
});

Deno.test("the chain of a start keeps a first space that the tokenizer drops from what it decodes", async () => {
  const dropping = await checkpoints.loadTokenizer("tests/data/leading_space");
  const tokens = dropping.encode("hi there there");
  const ends = [tokens.length - 2, tokens.length - 1];
  const example = { problem: asked, tokens, promptLength: dropping.encode("hi").length, ends };
  const befores = (["first", "last"] as const).map((place) =>
    contrastive.startsAt([example], place, dropping)[0].before
  );
  assertEquals(befores, [" there", " there there"]);
});

Deno.test("wrong, unfinished and too short chains are no examples; prompt and answer do not count as chain of thought", () => {
  const wrong = chain(`${thought}</think>\n<answer> 68 - 5 - 11 </answer>`);
  const unfinished = chain(thought);
  const once = chain(` 62. ${right}`);
  const chains = [wrong, chain(thought + right), unfinished, once];
  const found = contrastive.examples(chains, chains.map(() => asked), tokenizer);
  assertEquals(found.map(({ tokens }) => tokens), [chains[1].tokens]);
  const none = () => contrastive.examples([once], [asked], tokenizer);
  assertThrows(none, CircuitbookError, "none among 1");
  assertThrows(
    () => contrastive.examples([once], [], tokenizer),
    CircuitbookError,
    "0 problems for 1 chains",
  );
});

Deno.test("places are found under any tokenizer: sentences within a token, characters in parts, a begin token before", () => {
  const pieces = [
    "<s>",
    "Q",
    " 3?",
    "<0xE5>",
    "<0x9B>",
    "<0x9B>",
    " 1 + 2",
    " = 3. So",
    " 3",
    ".\n\n",
    "</think>",
    " 3",
  ];
  const text = "<s>Q 3?四 1 + 2 = 3. So 3.\n\n</think> 3";
  const words = { decode: () => text, pieces: () => pieces };
  const worded = {
    id: "a",
    prompt: "Q 3?",
    answer: "3",
    correct: (said: string) => said.endsWith("</think> 3"),
  };
  const tokens = pieces.map((_, i) => i);
  const [example] = contrastive.examples([{ prompt: "Q 3?", tokens }], [worded], words);
  assertEquals([example.ends, example.promptLength], [[7, 9], 5]);
});

Deno.test("worked chains of both tasks are examples that begin and end as they should", () => {
  const counted = reasoning.ofCountdown(
    countdown.problems({ n: 20, seed: 3, order: "random" }),
    tokenizer,
  );
  const worded = reasoning.ofWords(wordProblems.make({ n: 20, seed: 3 }), tokenizer);
  for (const problems of [counted, worded]) {
    const found = contrastive.examples(reasoning.worked(problems, tokenizer), problems, tokenizer);
    assertEquals(found.length, 20);
    for (const { problem, tokens, ends, promptLength } of found) {
      assert(promptLength < ends[0] && ends.every((end, i) => i === 0 || end > ends[i - 1]));
      const rest = tokenizer.decode(tokens.slice(ends.at(-1)! + 1));
      assert(/^\s*<\/think>/.test(rest), rest);
      assertEquals(problem.correct(tokenizer.decode(tokens.slice(promptLength))), true);
    }
  }
  const plain = { id: "a", prompt: "", answer: "1", correct: () => true };
  assertThrows(() => reasoning.worked([plain], tokenizer), CircuitbookError, "none for a");
});
