import { assertEquals } from "@std/assert";
import type { WrittenAttempt } from "../../lib/live/live_model.ts";
import { outcomeOf, saidOf } from "../../lib/live/page/chain.ts";

const ATTEMPT: WrittenAttempt = {
  expression: "68 - 11 + 5",
  stated: "62",
  statesTarget: true,
  solves: true,
  verdict: "this",
  open: 9,
  verdictPosition: 10,
};

Deno.test("a verdict is right if it says whether the expression solves the problem", () => {
  const said = [
    ["this", true, "this works, rightly"],
    ["this", false, "this works, wrongly"],
    ["not", false, "not, rightly"],
    ["not", true, "not, wrongly"],
    ["other", true, "other words"],
    ["other", false, "other words"],
    [undefined, false, "no verdict"],
  ] as const;
  for (const [verdict, solves, text] of said) {
    assertEquals(saidOf({ verdict, solves }).text, text);
  }
});

Deno.test("the outcome names the accepted attempt, and otherwise a rejected solution", () => {
  assertEquals(
    outcomeOf([ATTEMPT]),
    "The model accepts 68 - 11 + 5 = 62, which solves the problem.",
  );
  // The text states the target, but the expression is 74.
  const wrong: WrittenAttempt = { ...ATTEMPT, expression: "68 + 11 - 5", solves: false };
  assertEquals(
    outcomeOf([wrong]),
    "The model accepts 68 + 11 - 5 = 62, which does not solve the problem.",
  );
  assertEquals(outcomeOf([{ ...wrong, verdict: "not" }]), "The model accepts no attempt.");
  assertEquals(
    outcomeOf([{ ...ATTEMPT, verdict: "not" }]),
    "The model rejects 68 - 11 + 5 = 62, which solves the problem.",
  );
  assertEquals(outcomeOf([]), "The text has no attempt.");
});
