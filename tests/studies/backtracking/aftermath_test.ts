import { assertEquals } from "@std/assert";
import { countdown, loadModel } from "circuitbook";
import * as backtracking from "circuitbook/studies/backtracking";

const model = await loadModel("countdown-r1");
const { tokenizer } = model;
const [chain] = countdown.chains([countdown.problem([5, 9, 20], 24)]);
const mistaken = countdown.alter(chain, tokenizer, { attempt: 2, result: 25 });
const after = (text: string, altered = mistaken) =>
  backtracking.aftermath(altered, text, chain.problem);
const answer = (expression: string) =>
  `So, the equation is it. </think>\n<answer> ${expression} </answer>`;

Deno.test("a mistake that is noticed and put right", () => {
  assertEquals(after(`not 24)\n- 20 + 9 - 5 = 29 - 5 = 24 (this works)\n${answer("20 + 9 - 5")}`), {
    verdict: "not",
    names: 24,
    outcome: "tries again",
    repeats: true,
    putsRight: true,
    answered: true,
    solved: true,
    recovers: true,
  });
});

Deno.test("a mistake that is made again is no correction", () => {
  const { repeats, putsRight } = after("not 24)\n- 20 + 9 - 5 = 29 - 5 = 23 (not 24)\n");
  assertEquals([repeats, putsRight], [true, false]);
});

Deno.test("another expression later is neither, and the attempts before do not count", () => {
  const { repeats, putsRight, answered } = after(
    "not 24)\n- 20 + 5 - 9 = 25 - 9 = 16 (not 24)\n- 20 + ",
  );
  assertEquals([repeats, putsRight, answered], [false, false, false]);
});

Deno.test("a mistake that is accepted may still end in the right answer, or in a wrong one", () => {
  const accepted = after(`this works)\n${answer("20 + 9 - 5")}`);
  assertEquals([accepted.verdict, accepted.outcome, accepted.solved], ["this", "answers", true]);
  const wrong = countdown.alter(chain, tokenizer, { attempt: 0, result: 24 });
  const { verdict, solved, answered } = after(`this works)\n${answer("20 - 9 - 5")}`, wrong);
  assertEquals([verdict, answered, solved], ["this", true, false]);
});

Deno.test("a chain recovers from a false claim by not ending with it, from a spoilt solution by finding it or another", () => {
  const claim = countdown.alter(chain, tokenizer, { attempt: 0, result: 24 });
  const recovers = (text: string, altered: countdown.AlteredText) => after(text, altered).recovers;
  assertEquals(recovers(`this works)\n${answer("20 - 9 - 5")}`, claim), false);
  assertEquals(recovers("not 24)\n- 20 -", claim), true);
  assertEquals(recovers("this works)\n- 20 - 9 + 5 = 11 + 5 = 16 (not", claim), true);
  assertEquals(recovers("not 24)\n- 20 -", mistaken), false);
  assertEquals(recovers("not 24)\n- 20 + 9 - 5 = 29 - 5 = 24 (", mistaken), true);
  assertEquals(
    recovers(`not 24)\n- 9 + 20 - 5 = 29 - 5 = 24 (this works)\n${answer("9 + 20 - 5")}`, mistaken),
    true,
  );
});

Deno.test("the answer is judged by the problem's own target", () => {
  const replaced = countdown.alter(chain, tokenizer, { attempt: 2, target: 57 });
  assertEquals(after(`this works)\n${answer("20 + 9 - 5")}`, replaced).solved, true);
});

Deno.test("aftermaths are what the model writes on from each text", async () => {
  const chains = countdown.chains(countdown.problems({ n: 3, seed: 2 }));
  const texts = backtracking.counterfactuals(chains, tokenizer, {
    changes: ["nothing", "result: the target"],
  });
  const rows = (await backtracking.aftermathsOf(model, texts, chains, { maxNewTokens: 12 }))
    .toRecords();
  const { texts: written } = await model.generate(texts.map(({ tokens }) => tokens), {
    maxNewTokens: 12,
  });
  assertEquals(rows.map(({ continuation }) => continuation), written);
  assertEquals(
    rows.map(({ verdict }) => verdict),
    written.map((text) => text.match(/^(this|not)\b/)?.[0] ?? null),
  );
  assertEquals(
    rows.map(({ names }) => names),
    written.map((text) => Number(text.match(/^not (\d+)/)?.[1]) || null),
  );
  assertEquals(
    rows.map(({ problem, earlier }) => [problem, earlier]),
    texts.map(({ problem, index }) => [problem, index]),
  );
});

Deno.test("a text is shown with its result marked, up to what the model wrote", () => {
  const tokens = backtracking.resultMarked(mistaken, tokenizer, "not 24)");
  assertEquals(tokens.map(({ text }) => text).join(""), mistaken.text + "not 24)");
  assertEquals(tokens.filter(({ marked }) => marked).map(({ text }) => text).join(""), "25");
  const loud = tokens.filter(({ quiet }) => !quiet).map(({ text }) => text).join("");
  assertEquals(loud, "20 + 9 - 5 = 29 - 5 = 25 (not 24)");
});
