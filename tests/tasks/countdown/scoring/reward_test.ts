import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { countdown } from "circuitbook";

const problem = countdown.problem([5, 9, 20], 24);
const ending =
  "So, the equation that equals 24 is 20 + 9 - 5. </think>\n<answer> 20 + 9 - 5 </answer><|endoftext|>";
const wrong = "- 20 - 9 + 5 = 11 + 5 = 16 ";
const right = "- 20 + 9 - 5 = 29 - 5 = 24 ";
const earned = (text: string, of = problem) => countdown.reward(text, of);

Deno.test("the chains that the tuned model should write earn everything", () => {
  for (const order of ["fixed", "random"] as const) {
    for (
      const { completion, problem } of countdown.chains(
        countdown.problems({ n: 50, seed: 2, order }),
        { order },
      )
    ) {
      assertEquals(earned(`${completion}<|endoftext|>`, problem), {
        total: 1.5,
        answer: 1,
        format: 1,
        arithmetic: 1,
      });
    }
  }
});

Deno.test("an answer counts only where it is right, uses each number once and ends the text", () => {
  const answered = (answer: string, after = "<|endoftext|>") =>
    earned(`<answer> ${answer} </answer>${after}`).answer;
  assertEquals(answered("20 + 9 - 5"), 1);
  assertEquals(answered("9 - 5 + 20"), 1);
  assertEquals(answered("20 + 9 + 5"), 0);
  assertEquals(answered("20 + 4"), 0);
  assertEquals(answered("20 + 9 - 5 + 5 - 5"), 0);
  assertEquals(answered("20 + 9 - 5", ""), 0);
  assertEquals(answered("20 + 9 - 5", "\n<|endoftext|>"), 0);
  assertEquals(answered("20 + 9 - 5", " and so on<|endoftext|>"), 0);
  assertEquals(
    earned("<answer> 20 + 9 + 5 </answer> <answer> 20 + 9 - 5 </answer><|endoftext|>").answer,
    1,
  );
  assertEquals(
    countdown.reward("<answer> 20 + 9 - 5 </answer></s>", problem, { end: "</s>" }).answer,
    1,
  );
});

Deno.test("the form is the share of lines with a canonical verdict, true or not", () => {
  assertEquals(earned(`${wrong}(not 24)\n${right}(this works)\n${ending}`).format, 1);
  assertEquals(earned(`${wrong}(this works)\n${right}(not 24)\n`).format, 1);
  assertEquals(earned(`${wrong}(not 16)\n${right}(it works)\n`).format, 0);
  assertEquals(earned(`${wrong}(still not 24)\n${right}(this works)\n`).format, 0.5);
  assertEquals(earned(`${wrong}(not 24) again\n${right}(this works) \n`).format, 0);
  assertEquals(
    earned(`- not an expression (not 24)\n${right}(this works)\n${wrong}(not 24\n`).format,
    1 / 3,
  );
  assertEquals(earned(`- 20 - 9 + = 11 (not 24)\n`).format, 0);
  assertEquals(earned(ending).format, 0);
});

Deno.test("with trueVerdicts, the form counts only verdicts that agree with the stated result", () => {
  const form = (text: string) => countdown.reward(text, problem, { trueVerdicts: true }).format;
  assertEquals(form(`${wrong}(not 24)\n${right}(this works)\n${ending}`), 1);
  assertEquals(form(`${wrong}(this works)\n${right}(this works)\n`), 0.5);
  assertEquals(form(`${wrong}(this works)\n${right}(not 24)\n`), 0);
  assertEquals(form(`${wrong}(no)\n${right}(this works)\n`), 0.5);
  // The result is false, but it states the target: the verdict agrees with what stands there.
  assertEquals(form("- 20 - 9 + 5 = 11 + 5 = 24 (this works)\n"), 1);
});

Deno.test("with trueVerdicts, a right answer earns nothing after a verdict that contradicts its result", () => {
  const slip = "- 20 + 9 - 5 = 29 - 5 = 34 ";
  const answer = (text: string, trueVerdicts: boolean) =>
    countdown.reward(text + ending, problem, { trueVerdicts }).answer;
  assertEquals(answer(`${slip}(this works)\n`, false), 1);
  assertEquals(answer(`${slip}(this works)\n`, true), 0);
  assertEquals(answer(`${slip}(not 24)\n${right}(this works)\n`, true), 1);
  assertEquals(answer(`${wrong}(no)\n${right}(this works)\n`, true), 1);
});

Deno.test("true results are a share of attempts, whatever the verdict", () => {
  const false_ = "- 20 - 9 + 5 = 11 + 5 = 17 ";
  const { arithmetic } = earned(`${wrong}(no)\n${false_}(not 24)\n${right}(this works)\n${ending}`);
  assertAlmostEquals(arithmetic, 2 / 3);
  assertEquals(earned(`- not an expression (not 24)\n${wrong}(no)\n`).arithmetic, 0.5);
  assertEquals(earned(ending).arithmetic, 0);
  const weighted = countdown.reward(`${false_}(not 24)\n${right}(no)\n`, problem, {
    arithmeticWeight: 0.5,
  });
  assertEquals(weighted.total, 0.5);
});

Deno.test("the parts add up with their weight", () => {
  const text = `${wrong}(no)\n${right}(this works)\n${ending}`;
  assertAlmostEquals(earned(text).total, 1.25);
  assertAlmostEquals(countdown.reward(text, problem, { formatWeight: 0.3 }).total, 1.15);
  assert(earned(text.replace("<|endoftext|>", "")).total === 0.25);
});
