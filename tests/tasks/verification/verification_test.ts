import {
  CircuitbookError,
  countdown,
  knockOut,
  loadModel,
  tables,
  Tensor,
  verification,
} from "circuitbook";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";

/** The prompt printed in Part IV of the source. */
const published = `A conversation between User and Assistant.
The User is given a set of numbers [79 17 60] to create an equation that equals 36.
The User can use basic arithmetic operations (+, -, *, /) and each number can only be used once.
The following is the User's attempt:
79 - 60 + 17 = 19 + 17 = 36
Your job as an Assistant is to verify if this attempt is correct or not.
Is the User's attempt correct? Answer only in 'Yes' or 'No'.
Assistant: Let me think about this step by step.
The User is given the set of numbers [79 17 60] and must create an equation that equals 36.
The User's attempt is 79 - 60 + 17 = 19 + 17 = 36. Therefore, the final answer is`;

/** A text of the embedded base model's training data, as its recipe writes them. */
const learned = `User: Using the numbers [79, 17, 60], create an equation that equals 36.
Attempt: 79 - 60 + 17 = 19 + 17 = 36
Is the attempt correct? Answer only in 'Yes' or 'No'.
Assistant: The attempt gives 36. Therefore, the final answer is`;

const problem = countdown.problem([79, 17, 60], 36);
const questionAbout = (line: string) =>
  verification.questionOf(countdown.attempts(line, problem)[0], problem);
const base = await loadModel("countdown-base", { device: "cpu" });

/** A tokenizer that makes each character a token. */
const letters = {
  encode: (text: string) => [...text].map((letter) => letter.codePointAt(0)!),
  decode: (tokens: readonly number[]) => String.fromCodePoint(...tokens),
  pieces: (tokens: readonly number[]) => tokens.map((token) => String.fromCodePoint(token)),
};

Deno.test("the prompts are the source's and the recipe's, character for character", () => {
  const question = questionAbout("- 79 - 60 + 17 = 19 + 17 = 36 (this works)\n");
  assertEquals(verification.prompts.full(question), published);
  assertEquals(verification.prompts.short(question), learned);
});

Deno.test("a question is right, wrong, or neither where the model slipped", () => {
  assertEquals(questionAbout("79 - 60 + 17 = 19 + 17 = 36").correct, true);
  assertEquals(questionAbout("79 - 60 - 17 = 19 - 17 = 2 (not 36)").correct, false);
  assertEquals(questionAbout("79 - 60 - 17 = 19 - 17 = 36").correct, undefined);
  assertEquals(questionAbout("79 - 60 + 17 = 19 + 17 = 37").correct, undefined);
  assertEquals(questionAbout("79 - 43 = 36").correct, undefined);
  const [attempt] = countdown.attempts("79 - 60 + 17 = 36", problem);
  assertThrows(
    () => verification.questionOf(attempt, countdown.problem([1, 2], 3)),
    CircuitbookError,
    "1,2=3",
  );
});

Deno.test("of each problem come the first correct attempt and the first wrong one, and no debatable ones", () => {
  const second = countdown.problem([1, 2, 3], 6);
  const lines =
    "79 - 60 - 17 = 36\n79 - 60 - 17 = 2\n17 - 60 - 79 = -122\n79 - 60 + 17 = 36\n17 - 60 + 79 = 36";
  const attempts = [
    ...countdown.attempts(lines, problem),
    ...countdown.attempts("1 + 2 + 3 = 6\n3 - 2 - 1 = 0", second),
  ];
  const texts = (most?: number) =>
    verification.questionsOf(attempts, [problem, second], { most }).map((
      { correct, attempt },
    ) => [correct, attempt]);
  assertEquals(texts(), [
    [true, "79 - 60 + 17 = 36"],
    [true, "1 + 2 + 3 = 6"],
    [false, "79 - 60 - 17 = 2"],
    [false, "3 - 2 - 1 = 0"],
  ]);
  assertEquals(texts(1).length, 2);
  assertThrows(() => verification.questionsOf(attempts, [problem]), CircuitbookError, "1,2,3=6");
});

Deno.test("the parts of a prompt are found among its tokens, without the result's sign", () => {
  const question = questionAbout("17 - 60 - 79 = -43 - 79 = -122 (not 36)");
  const words = (template: "short" | "full", name: "target" | "attempt" | "result") => {
    const { tokens, positions, text } = verification.locate(question, letters, template);
    assertEquals(text, verification.prompts[template](question));
    return letters.decode(positions[name].map((at) => tokens[at]));
  };
  assertEquals(words("short", "target"), "36");
  assertEquals(words("full", "target"), "3636");
  assertEquals(words("short", "result"), "122122");
  assertEquals(words("full", "result"), "122122");
  assertEquals(words("short", "attempt"), "17 - 60 - 79 = -43 - 79 = ");
  assertEquals(words("full", "attempt"), "17 - 60 - 79 = -43 - 79 = 17 - 60 - 79 = -43 - 79 = ");
  const { tokens, positions } = verification.locate(question, base.tokenizer, "short");
  assertEquals(base.tokenizer.pieces(positions.result.map((at) => tokens[at])), [
    "1",
    "2",
    "2",
    "1",
    "2",
    "2",
  ]);
});

Deno.test("the template goes by the vocabulary", () => {
  assertEquals(verification.templateFor(base.tokenizer), "short");
  assertEquals(verification.templateFor({ idOf: () => 7 }), "full");
});

Deno.test("answer tokens are all single tokens that say Yes or No, and their lack is refused", () => {
  const vocabulary = [" Yes", "Yes", "yes", " No", " not"];
  const idOf = (text: string) => {
    const id = vocabulary.indexOf(text);
    if (id < 0) throw new Error("several tokens");
    return id;
  };
  assertEquals(verification.yesNoTokens({ idOf }), { yes: [0, 1, 2], no: [3] });
  const without = { idOf: (text: string) => idOf(text.replace("No", "Never")) };
  assertThrows(() => verification.yesNoTokens(without), CircuitbookError, '"No"');
});

Deno.test("answers are the softmax over all tokens, normalised to Yes and No", () => {
  const logits = [[2, 1, -1, 0.5], [900, 880, 899, 910]];
  const tokens = { yes: [0, 2], no: [1] };
  const table = tables.numberRows(
    verification.answers(
      new Tensor(new Float32Array(logits.flat()), { batch: 2, position: 1, vocab: 4 }),
      tokens,
    ),
  );
  logits.forEach((own, row) => {
    const weights = own.map((value) => Math.exp(value - 900 * row));
    const total = weights.reduce((a, b) => a + b);
    const [yes, no] = [(weights[0] + weights[2]) / total, weights[1] / total];
    assertAlmostEquals(table[row].yes, yes / (yes + no), 1e-6);
    assertAlmostEquals(table[row].no, no / (yes + no), 1e-6);
    assertAlmostEquals(table[row].mass, yes + no, 1e-6);
    assertAlmostEquals(table[row].margin, Math.log(yes / no), 1e-5);
    assertAlmostEquals(
      verification.margin(tokens)(new Float32Array(own), row),
      Math.log(yes / no),
      1e-5,
    );
  });
  const several = new Tensor(new Float32Array(8), { batch: 1, position: 2, vocab: 4 });
  assertThrows(() => verification.answers(several, tokens), CircuitbookError, "one position");
});

Deno.test("the embedded base model answers the questions, and edits reach the row that they name", async () => {
  const problems = countdown.problems({ n: 40, seed: 5, order: "random" });
  const questions = countdown.chains(problems, { order: "random", seed: 2 }).flatMap((
    { problem, completion },
  ) =>
    countdown.attempts(completion, problem).map((attempt) =>
      verification.questionOf(attempt, problem)
    )
  );
  const answers = tables.numberRows(await verification.ask(base, questions));
  const hits = answers.filter(({ yes }, i) => (yes > 0.5) === questions[i].correct).length;
  assert(
    questions.some(({ correct }) => correct === false) && questions.some(({ correct }) => correct),
  );
  assert(hits > 0.9 * questions.length, `${hits} of ${questions.length}`);
  assert(answers.every(({ mass }) => mass > 0.9));

  const edit = knockOut([[0, 0], [0, 1], [0, 5]], { rows: [1] });
  const edited = tables.numberRows(await verification.ask(base, questions.slice(0, 3), { edit }));
  assertAlmostEquals(edited[0].margin, answers[0].margin, 1e-3);
  assertAlmostEquals(edited[2].margin, answers[2].margin, 1e-3);
  assert(Math.abs(edited[1].margin - answers[1].margin) > 0.1);
});

Deno.test("unknown options and templates are refused", async () => {
  const question = questionAbout("79 - 60 + 17 = 36");
  const ask = (options: object) => () => verification.ask(base, [question], options);
  await assertRejects(ask({ templat: "short" }), CircuitbookError, '"template"');
  await assertRejects(
    ask({ template: "long" }),
    CircuitbookError,
    '"template" of verification.ask',
  );
});
