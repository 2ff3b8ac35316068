import { CircuitbookError, loadModel, maxOfList } from "circuitbook";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { logitsByHand } from "./by_hand.ts";

Deno.test("lists are seeded, and stay the same when more are asked for", () => {
  const few = maxOfList.lists({ n: 5, seed: 3 });
  const more = maxOfList.lists({ n: 50, seed: 3 });
  assertEquals(more.slice(0, 5), few);
  assert(
    maxOfList.lists({ n: 5, seed: 4 }).some(({ digits }, i) =>
      String(digits) !== String(few[i].digits)
    ),
  );
  for (const { digits, tokens, maximum } of more) {
    assertEquals([digits.length, tokens, maximum], [5, [...digits, 10], [...digits].sort().at(-1)]);
  }
});

Deno.test("lists have each maximum as often as was asked", () => {
  const share = (uniform: "digits" | "maximum", digit: number) =>
    maxOfList.lists({ n: 20_000, seed: 1, uniform }).filter(({ maximum }) => maximum === digit)
      .length / 20_000;
  // Of five uniform digits the greatest is at most m with chance ((m + 1) / 10)^5.
  assertAlmostEquals(share("digits", 9), 1 - 0.9 ** 5, 0.015);
  assertAlmostEquals(share("digits", 5), 0.6 ** 5 - 0.5 ** 5, 0.01);
  for (const digit of [0, 4, 9]) assertAlmostEquals(share("maximum", digit), 0.1, 0.01);
  // Among lists with the maximum 1, each of the 31 is equally likely: 11111 is one of them.
  const ones = maxOfList.lists({ n: 31_000, seed: 2, uniform: "maximum" }).filter(({ maximum }) =>
    maximum === 1
  );
  assertAlmostEquals(
    ones.filter(({ digits }) => digits.join("") === "11111").length / ones.length,
    1 / 31,
    0.012,
  );
});

Deno.test("the maximum is found at all its positions", () => {
  const lists = [[2, 7, 1, 7, 5], [3, 3, 3, 3, 3], [9, 9, 9, 9, 0]].map(maxOfList.list);
  assertEquals(maxOfList.maximumAt(lists), [[1, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3]]);
});

Deno.test("unknown options are refused", () => {
  assertThrows(() => maxOfList.lists({ n: 2.5 }), CircuitbookError, "whole number");
  assertThrows(
    () => maxOfList.lists({ n: 2, uniform: "both" as "digits" }),
    CircuitbookError,
    '"digits" or "maximum"',
  );
});

Deno.test("a model's answers are those of its weights, worked out by hand", async () => {
  const model = await loadModel("max-of-list", { device: "cpu" });
  const lists = maxOfList.lists({ n: 12, seed: 9, uniform: "maximum" });
  const { logits } = await model.run(maxOfList.tokensOf(lists), { logits: [-1] });
  const table = (await maxOfList.answers(model, lists)).toRecords();
  const edit = { at: "hook_pos_embed", scale: 0 };
  const edited = (await maxOfList.answers(model, lists, { edit })).toRecords();
  for (const [row, { tokens, maximum }] of lists.entries()) {
    const expected = await logitsByHand(model, tokens);
    expected.forEach((value, token) =>
      assertAlmostEquals(logits.data[row * 11 + token], value, 1e-2)
    );
    const answer = expected.indexOf(Math.max(...expected));
    assertEquals(table[row], { row, maximum, answer, right: answer === maximum });
    const unplaced = await logitsByHand(model, tokens, {
      place: (embedding) => embedding.map(() => 0),
    });
    assertEquals(edited[row].answer, unplaced.indexOf(Math.max(...unplaced)));
  }
});
