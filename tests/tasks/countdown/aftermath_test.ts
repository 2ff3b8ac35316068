import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { countdown, loadTokenizer } from "circuitbook";

const tokenizer = await loadTokenizer(fromFileUrl(new URL("../../../data/models/countdown-r1", import.meta.url)));
const [chain] = countdown.chains([countdown.problem([5, 9, 20], 24)]);
const mistaken = countdown.alter(chain, tokenizer, { attempt: 2, result: 25 });
const after = (text: string, altered = mistaken) => countdown.aftermath(altered, text, chain.problem);
const answer = (expression: string) => `So, the equation is it. </think>\n<answer> ${expression} </answer>`;

Deno.test("a mistake that is noticed and put right", () => {
  assertEquals(after(`not 24)\n- 20 + 9 - 5 = 29 - 5 = 24 (this works)\n${answer("20 + 9 - 5")}`), {
    verdict: "not",
    outcome: "tries again",
    repeats: true,
    putsRight: true,
    answered: true,
    solved: true,
  });
});

Deno.test("a mistake that is made again is no correction", () => {
  const { repeats, putsRight } = after("not 24)\n- 20 + 9 - 5 = 29 - 5 = 23 (not 24)\n");
  assertEquals([repeats, putsRight], [true, false]);
});

Deno.test("another expression later is neither, and the attempts before do not count", () => {
  const { repeats, putsRight, answered } = after("not 24)\n- 20 + 5 - 9 = 25 - 9 = 16 (not 24)\n- 20 + ");
  assertEquals([repeats, putsRight, answered], [false, false, false]);
});

Deno.test("a mistake that is accepted may still end in the right answer, or in a wrong one", () => {
  const accepted = after(`this works)\n${answer("20 + 9 - 5")}`);
  assertEquals([accepted.verdict, accepted.outcome, accepted.solved], ["this", "answers", true]);
  const wrong = countdown.alter(chain, tokenizer, { attempt: 0, result: 24 });
  const { verdict, solved, answered } = after(`this works)\n${answer("20 - 9 - 5")}`, wrong);
  assertEquals([verdict, answered, solved], ["this", true, false]);
});

Deno.test("the answer is judged by the problem's own target", () => {
  const replaced = countdown.alter(chain, tokenizer, { attempt: 2, target: 57 });
  assertEquals(after(`this works)\n${answer("20 + 9 - 5")}`, replaced).solved, true);
});
