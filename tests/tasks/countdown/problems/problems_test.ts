import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { CircuitbookError, countdown } from "circuitbook";

for (const order of ["fixed", "random"] as const) {
  Deno.test(`${order} problems have numbers, targets and solutions of the right kind, and no two are alike`, () => {
    const problems = countdown.problems({ n: 300, seed: 4, order });
    for (const { numbers, target, solution } of problems) {
      assert(
        [...numbers, target].every((number) =>
          Number.isInteger(number) && number >= 1 && number <= 99
        ),
      );
      assert(numbers.length === 3 || numbers.length === 4);
      const literals = solution!.match(/\d+/g)!.map(Number);
      assertEquals(literals.toSorted(), numbers.toSorted());
      assertEquals(new Function(`return ${solution}`)(), target);
    }
    assertEquals(new Set(problems.map(({ id }) => id)).size, 300);
  });
}

Deno.test("the same seed gives the same problems, and more of them when more are asked for", () => {
  const few = countdown.problems({ n: 5, seed: 1 });
  assertEquals(few, countdown.problems({ n: 20, seed: 1 }).slice(0, 5));
  assertNotEquals(few, countdown.problems({ n: 5, seed: 2 }));
});

Deno.test("operands sets how many numbers there are", () => {
  for (const operands of [3, 4] as const) {
    assert(
      countdown.problems({ n: 30, operands }).every(({ numbers }) => numbers.length === operands),
    );
  }
  const lengths = countdown.problems({ n: 500 }).map(({ numbers }) => numbers.length);
  const threes = lengths.filter((length) => length === 3).length;
  assert(threes > 250 && threes < 400, `${threes} of 500`);
});

Deno.test("a fixed-order chain tries the largest numbers first, minus before plus, and stops at the first solution", () => {
  const [chain] = countdown.chains([countdown.problem([5, 9, 20], 24)]);
  assertEquals(
    chain.completion,
    " We have the numbers 5, 9, and 20. Let's try different combinations:\n" +
      "- 20 - 9 - 5 = 11 - 5 = 6 (not 24)\n" +
      "- 20 - 9 + 5 = 11 + 5 = 16 (not 24)\n" +
      "- 20 + 9 - 5 = 29 - 5 = 24 (this works)\n" +
      "So, the equation that equals 24 is 20 + 9 - 5. </think>\n<answer> 20 + 9 - 5 </answer>",
  );
});

Deno.test("fixed-order problems are solved within eight attempts", () => {
  for (const { completion } of countdown.chains(countdown.problems({ n: 200, seed: 8 }))) {
    const attempts = completion.match(/^- /gm)!.length;
    assert(attempts >= 1 && attempts <= 8, completion);
  }
});

Deno.test("random chains differ by seed and end in the right answer", () => {
  const problems = countdown.problems({ n: 50, seed: 3, order: "random" });
  const chains = countdown.chains(problems, { seed: 1, order: "random" });
  assertEquals(chains, countdown.chains(problems, { seed: 1, order: "random" }));
  assertNotEquals(chains, countdown.chains(problems, { seed: 2, order: "random" }));
  for (const { text, problem } of chains) assert(countdown.score(text, problem).correct, text);
});

Deno.test("random chains can have a given number of wrong attempts, all different", () => {
  for (
    const { completion, problem } of countdown.chains(countdown.problems({ n: 40, seed: 3 }), {
      order: "random",
      wrong: 6,
    })
  ) {
    const tried = [...completion.matchAll(/^- ([^=]+) = .*?(-?\d+) \((this|not)/gm)];
    assertEquals(new Set(tried.map(([, expression]) => expression)).size, 7);
    assertEquals(tried.map(([, , , verdict]) => verdict), [
      "not",
      "not",
      "not",
      "not",
      "not",
      "not",
      "this",
    ]);
    for (const [, expression, stated, verdict] of tried) {
      assertEquals(new Function(`return ${expression}`)(), Number(stated));
      assertEquals(Number(stated) === problem.target, verdict === "this");
    }
  }
});

Deno.test("what cannot be made is refused with the reason", () => {
  assertThrows(() => countdown.problems({ n: 1.5 }), CircuitbookError, "1.5");
  assertThrows(() => countdown.problems({ n: 1, operands: 5 as 3 }), CircuitbookError, "5");
  assertThrows(
    () => countdown.problems({ n: 1, order: "fxed" as "fixed" }),
    CircuitbookError,
    'nearest: "fixed"',
  );
  assertThrows(() => countdown.problem([3, NaN], 5), CircuitbookError, "NaN");
  assertThrows(() => countdown.problem([], 5), CircuitbookError);
  assertThrows(() => countdown.chains([countdown.problem([2, 3], 50)]), CircuitbookError, "2,3=50");
  assertThrows(
    () => countdown.chains([countdown.problem([2, 3], 5)], { order: "random" }),
    CircuitbookError,
    "solution",
  );
  const large = countdown.problem([5000, 3], 5003, "5000 + 3");
  assertThrows(
    () => countdown.chains([large, large, large], { order: "random", seed: 1 }),
    CircuitbookError,
    "±999",
  );
  const two = countdown.problem([2, 3], 5, "2 + 3");
  assertThrows(
    () => countdown.chains([two], { order: "random", wrong: 50 }),
    CircuitbookError,
    "Expected 50 wrong attempts",
  );
  assertThrows(() => countdown.chains([two], { wrong: 2 }), CircuitbookError, "in fixed order");
});

Deno.test("the prompts are those that the models were trained with", () => {
  const problem = countdown.problem([11, 5, 68], 62);
  assertEquals(
    countdown.prompts.short(problem),
    "User: Using the numbers [11, 5, 68], create an equation that equals 62.\nAssistant: Let me solve this step by step.\n<think>",
  );
  assert(
    countdown.prompts.tinyzero(problem).includes(
      "with the answer.\nUser: Using the numbers [11, 5, 68], create an equation that equals 62. You can use basic arithmetic operations (+, -, *, /)",
    ),
  );
  assert(
    countdown.prompts.tinyzeroChat(problem).endsWith(
      "<|im_start|>assistant\nLet me solve this step by step.\n<think>",
    ),
  );
});
