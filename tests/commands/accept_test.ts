import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { recipes } from "circuitbook";
import { acceptModel } from "../../lib/commands/accept/accept_model.ts";
import { parseAcceptArguments } from "../../lib/commands/accept/arguments.ts";
import { CommandError } from "../../lib/commands/repository.ts";
import { toyRecipe } from "../train/toys.ts";

/** Returns a recipe whose only score is a given value of which .9 is asked. */
function scoring(value: number) {
  const row = { score: "right", value, low: value, high: value, n: 5 };
  return toyRecipe({
    scores: () => Promise.resolve([{ ...row, threshold: 0.9, passes: value >= 0.9 }]),
  });
}

Deno.test("a model whose scores reach what is asked passes", async () => {
  const said: string[] = [];
  await acceptModel(scoring(0.95), { model: "max-of-list" }, (line) => said.push(line));
  assertEquals(said, [
    "right: 0.95 (asked 0.9: passes) [0.950, 0.950] n = 5",
    "max-of-list passes the acceptance test of toy.",
  ]);
});

Deno.test("a score that is too low fails the test, by name", async () => {
  const said: string[] = [];
  await assertRejects(
    () => acceptModel(scoring(0.85), { model: "max-of-list" }, (line) => said.push(line)),
    CommandError,
    "1 of 1 scores are lower: right.",
  );
  assertEquals(said, ["right: 0.85 (asked 0.9: fails) [0.850, 0.850] n = 5"]);
});

Deno.test("the embedded max-of-list model passes its test", async () => {
  const said: string[] = [];
  await acceptModel(recipes.maxOfList, { model: "max-of-list" }, (line) => said.push(line));
  assertEquals(said[0].split(" [")[0], "right answers: 1 (asked 1: passes)");
});

Deno.test("the arguments are a recipe, and a model that is the recipe's own unless named", () => {
  assertEquals(parseAcceptArguments(["countdown-r1"]), {
    recipe: "countdown-r1",
    model: "countdown-r1",
    out: undefined,
  });
  assertEquals(parseAcceptArguments(["countdown-r1", "--model", "runs/x"])?.model, "runs/x");
  assertThrows(() => parseAcceptArguments([]), CommandError, "one recipe but found none");
  assertThrows(() => parseAcceptArguments(["a", "b"]), CommandError, "found a, b");
});
