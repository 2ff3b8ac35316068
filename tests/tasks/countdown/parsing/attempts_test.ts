import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, CircuitbookError, countdown } from "circuitbook";

const tokenizer = await checkpoints.loadTokenizer(
  fromFileUrl(new URL("../../../../data/models/countdown-r1", import.meta.url)),
);

const problem = countdown.problem([3, 87, 38], 46);
const four = countdown.problem([60, 62, 12, 34], 68);
const only = (text: string, of = problem) => {
  const found = countdown.attempts(text, of);
  assertEquals(found.length, 1);
  return found[0];
};

Deno.test("an attempt of the source has its expression, steps, results and verdict", () => {
  const found = only("- 87 - 38 - 3 = 116 - 3 = 113 (not 46)\n");
  assertEquals(found.expression, "87 - 38 - 3");
  assertEquals(found.steps.map(({ text, value }) => [text, String(value)]), [
    ["87 - 38 - 3", "46"],
    ["116 - 3", "113"],
    ["113", "113"],
  ]);
  assertEquals([String(found.stated), String(found.value)], ["113", "46"]);
  assertEquals([found.statesTruth, found.statesTarget, found.reachesTarget], [false, false, true]);
  assertEquals([found.verdict, found.verdictText, found.usesNumbersOnce], ["not", "not 46", true]);
});

Deno.test("steered verdicts without a parenthesis are other verdicts", () => {
  const yes = only(
    "- 87 - 38 + 3 = 49 + 3 = 52! Yes, we got it! 87 - 38 + 3 = 49 + 3 = 52.\n</think>",
  );
  assertEquals([String(yes.stated), yes.verdict, yes.spans.open], ["52", "other", undefined]);
  assertEquals(yes.verdictText, "! Yes, we got it! 87 - 38 + 3 = 49 + 3 = 52.");
  const exactly = only(
    "- 60 + 62 - 34 + 12 = 122 - 34 + 12 = 88 + 12 = 100 - 34 = 66 exactly!\nSo the equation",
    four,
  );
  assertEquals([String(exactly.stated), String(exactly.value)], ["66", "100"]);
  assertEquals([exactly.verdict, exactly.verdictText], ["other", "exactly!"]);
  const maybe = only(
    "- 90 - 30 - 27 + 19 = 60 - 27 + 19 = 33 + 19 = 52 (maybe it works!)\nYes! It works!",
    four,
  );
  assertEquals([maybe.verdict, maybe.verdictText], ["other", "maybe it works!"]);
});

Deno.test("a verdict that begins with “this” and takes it back is another verdict", () => {
  const line = "- 87 - 38 - 3 = 49 - 3 = 46";
  const verdicts = ["this works", "this does not work", "This doesn’t work", "this is wrong"];
  assertEquals(only(`${line} (this works too)`).verdict, "this");
  assertEquals(
    verdicts.map((words) => only(`${line} (${words})\n- not`).verdict),
    ["this", "other", "other", "other"],
  );
});

Deno.test("the source's chain yields its attempts, products and divisions included, and no cut-off one", () => {
  const text = "\n- 87 + 38 - 3 = 125 - 3 = 122 (not 46)\n- 38 + 38 - 3 = 76 - 3 = 73 (not 46)\n" +
    "- 38 * 3 - 87 = 114 - 87 = 27 (not 46)\n- 87 / 3 + 38 = 29 + 38 = 67 (not 46)\n- 3 * 38 - 87 = 114 - 87 = 27 (not 46)\n- 3";
  const found = countdown.attempts(text, problem);
  assertEquals(found.map(({ stated }) => stated.toNumber()), [122, 73, 27, 67, 27]);
  assert(found.every(({ statesTruth, verdict }) => statesTruth && verdict === "not"));
  assertEquals(found.map(({ usesNumbersOnce }) => usesNumbersOnce), [
    true,
    false,
    true,
    true,
    true,
  ]);
  assertEquals(found.map(({ index }) => index), [0, 1, 2, 3, 4]);
});

Deno.test("an attempt cut off inside its verdict keeps what is there", () => {
  const line = "- 60 + 34 - 62 + 12 = 94 - 62 + 12 = 32 + 12 = 44 + 12 = 56";
  assertEquals(only(`${line} (not`, four).verdict, "not");
  const open = only(`${line} (`, four);
  assertEquals([open.verdict, open.spans.open?.start], [undefined, line.length + 1]);
  assertEquals(only(line, four).verdict, undefined);
  assertEquals(countdown.attempts("- 90 + 30 + 27 - 19 = 120 + ", four), []);
});

Deno.test("a negative result, and one in lines of the source's first figure", () => {
  const found = only("- 90 - 67 - 60 + 12 = -15 (not 49)", countdown.problem([12, 90, 60, 67], 49));
  assertEquals([String(found.stated), String(found.value)], ["-15", "-25"]);
});

Deno.test("unstructured thought has no attempts", () => {
  const text =
    "I can start by using subtraction to subtract 18 from 48, which gives me 30.\nThat's too large.";
  assertEquals(countdown.attempts(text, problem), []);
  assertEquals(countdown.attempts(countdown.prompts.tinyzero(problem), problem), []);
});

for (const order of ["fixed", "random"] as const) {
  Deno.test(`every attempt of 200 chains in ${order} order is found, and its tokens are those of its parts`, () => {
    const problems = countdown.problems({ n: 200, seed: 21, order });
    for (const chain of countdown.chains(problems, { seed: 22, order })) {
      const words = tokenizer.pieces(tokenizer.encode(chain.text));
      const found = countdown.attempts(chain.text, chain.problem, words);
      const join = (tokens: number[]) => tokens.map((i) => words[i]).join("");
      assertEquals(found.length, chain.text.match(/^- /gm)?.length);
      for (const attempt of found) {
        const { tokens, stated } = attempt;
        assertEquals(join(tokens.result).trim(), String(stated));
        assertEquals(join(tokens.digits), String(Math.abs(stated.toNumber())));
        assertEquals(join(tokens.expression).trim(), attempt.expression);
        assert(tokens.equals.every((i) => words[i] === " ="));
        assertEquals(tokens.equals.length, attempt.steps.length - 1);
        assertEquals(words[tokens.open!], " (");
        assertEquals(words[tokens.verdict!], attempt.verdict);
        assertEquals(tokens.verdict, tokens.open! + 1);
        assertEquals(attempt.statesTruth && attempt.usesNumbersOnce, true);
        assertEquals(attempt.verdict, attempt.statesTarget ? "this" : "not");
      }
      assertEquals(found.at(-1)?.verdict, "this");
    }
  });
}

Deno.test("rows of tokens give attempts by row, and positions in the same order", () => {
  const chains = countdown.chains(countdown.problems({ n: 5, seed: 2 }));
  const rows = chains.map((
    { text },
  ) => [...tokenizer.encode(text), ...tokenizer.encode("<|endoftext|>")]);
  const found = countdown.attemptsOfRows(rows, chains.map(({ problem }) => problem), tokenizer);
  const positions = countdown.positionsByRow(found, rows.length, ({ tokens }) => tokens.open);
  assertEquals(positions.flat(), found.map(({ tokens }) => tokens.open));
  positions.forEach((list, row) =>
    list.forEach((i) => assertEquals(tokenizer.pieces(rows[row])[i], " ("))
  );
  assertThrows(
    () => countdown.positionsByRow(found.toReversed(), rows.length, (a) => a.tokens.open),
    CircuitbookError,
  );
  assertThrows(
    () => countdown.positionsByRow(found, rows.length, () => undefined),
    CircuitbookError,
    "filter",
  );
  assertThrows(
    () => countdown.attemptsOfRows(rows, [problem], tokenizer),
    CircuitbookError,
    "1 problems for 5",
  );
});

Deno.test("the prompt's numbers and target are found among the tokens", () => {
  for (const prompt of Object.values(countdown.prompts)) {
    const words = [...prompt(problem)];
    const { numbers, target } = countdown.promptPositions(words.join(""), words);
    const join = (tokens: number[]) => tokens.map((i) => words[i]).join("");
    assertEquals([...numbers, target].map(join), ["3", "87", "38", "46"]);
  }
  assertThrows(
    () => countdown.promptPositions("Hello", ["Hello"]),
    CircuitbookError,
    "countdown.prompts",
  );
});

Deno.test("tokens that hold parts of characters share the characters", () => {
  const text = "- 3 + 4 = 7 (不对)\n- 4 + 3 = 7 (this works)";
  for (const part of ["\uFFFD", "<0xE5>"]) {
    const first = ["- 3 + 4 =", " 7", " (", "不", part, part, ")"];
    const words = [...first, "\n- 4 + 3 = 7", " (", "this", " works)", "<end>"];
    const found = countdown.attempts(text, countdown.problem([3, 4], 7), words);
    assertEquals(found.map(({ tokens }) => [tokens.open, tokens.verdict]), [[2, 3], [8, 9]]);
  }
});

Deno.test("characters that the tokenizer does not know whole keep the positions right", () => {
  const text = "- 3 + 4 = 7 (猫 é 🦊 对)\n- 4 + 3 = 7 (this works)";
  const words = tokenizer.pieces(tokenizer.encode(text));
  assert(words.join("") !== text);
  const [cat, works] = countdown.attempts(text, countdown.problem([3, 4], 7), words);
  assertEquals([cat.verdict, cat.verdictText, words[cat.tokens.open!]], [
    "other",
    "猫 é 🦊 对",
    " (",
  ]);
  assertEquals([words[works.tokens.open!], words[works.tokens.verdict!]], [" (", "this"]);
});

Deno.test("a first space that the text lacks does not matter", () => {
  const [found] = countdown.attempts("3 + 4 = 7 (this", countdown.problem([3, 4], 7), [
    " 3",
    " + 4",
    " =",
    " 7",
    " (",
    "this",
  ]);
  assertEquals([found.tokens.result, found.tokens.open], [[3], 4]);
});

Deno.test("pieces of another text are refused, with the place", () => {
  const error = assertThrows(
    () => countdown.attempts("- 3 + 4 = 7 (not 8)", problem, ["- 3", " + 5"]),
    CircuitbookError,
  );
  assert(
    error.message.includes('token 1, " + 5"') && error.message.includes(" + 4 = 7"),
    error.message,
  );
  assertThrows(
    () => countdown.attempts("- 3 + 4 = 7", problem, ["- 3"]),
    CircuitbookError,
    "the end of the tokens",
  );
});
