import { assertEquals } from "@std/assert";
import { countdown } from "circuitbook";

const problem = countdown.problem([3, 87, 38], 46);
const reason = (answer: string, of = problem) =>
  countdown.score(`<answer> ${answer} </answer>`, of).reason;

Deno.test("a right answer uses each number once and equals the target", () => {
  const { correct, usesNumbersOnce, value, answer } = countdown.score(
    "… </think>\n<answer> (87 - 38) - 3 </answer>",
    problem,
  );
  assertEquals([correct, usesNumbersOnce, String(value), answer], [
    true,
    true,
    "46",
    "(87 - 38) - 3",
  ]);
});

Deno.test("wrong answers say why", () => {
  assertEquals(reason("87 - 38 + 3"), "equals 52, not 46");
  assertEquals(reason("87 - 41"), "does not use each of 3, 87, 38 once");
  assertEquals(reason("87 - 38 - 3 * 1"), "does not use each of 3, 87, 38 once");
  assertEquals(reason("87 - 38 - 3 - 3 + 3"), "does not use each of 3, 87, 38 once");
  assertEquals(reason("87 / (38 - 38)"), "the answer divides by zero");
  assertEquals(reason("87 - 38 - 3 = 46"), "the answer is no expression");
  assertEquals(reason("87 ** 38"), "the answer is no expression");
  assertEquals(reason("exit()"), "the answer is no expression");
  assertEquals(reason(""), "the answer is no expression");
  assertEquals(countdown.score("46!", problem).reason, "no answer between <answer> and </answer>");
});

Deno.test("arithmetic is exact where floating point is not", () => {
  const thirds = countdown.problem([1, 3, 3, 49], 49);
  assertEquals(countdown.score("<answer> 1 / 3 * 3 * 49 </answer>", thirds).correct, true);
  const near = countdown.problem([1, 3, 300000], 0);
  assertEquals(
    countdown.score("<answer> 1 / (3 * 300000) </answer>", near).reason,
    "equals 1/900000, not 0",
  );
});

Deno.test("the example answer of the prompt does not count, the last answer does", () => {
  const prompt = countdown.prompts.tinyzero(problem);
  assertEquals(countdown.score(prompt, problem).answer, undefined);
  assertEquals(countdown.score(countdown.prompts.tinyzeroChat(problem), problem).answer, undefined);
  const text = `${prompt} hm <answer> 1 </answer> no:\n<answer>87 - 38\n- 3</answer>`;
  assertEquals(countdown.score(text, problem).answer, "87 - 38\n- 3");
});
