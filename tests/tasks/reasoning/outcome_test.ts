import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, reasoning } from "circuitbook";
import pl from "nodejs-polars";

Deno.test("a chain of thought ends when it is left before another calculation, and goes on when that comes first", () => {
  const outcomes = {
    " </think>\n<answer> 61 + 53 = 2 </answer>": "ends",
    "So, the equation that equals 72 is 61 + 53 - 42. </think>": "ends",
    "- 61 + 53 - 42 = 114 - 42 = 72 (this works)\n</think>": "goes on",
    "Wait, \\( 9 \\times 2 = \\$18 \\).": "goes on",
    "that is = -4 </think>": "goes on",
    "that is =\n**18** </think>": "ends",
    "- - - - - -": "unclear",
    "x = y + z": "unclear",
    "": "unclear",
  };
  for (const [text, expected] of Object.entries(outcomes)) assertEquals(reasoning.outcome(text), expected, text);
});

Deno.test("texts are judged with what stood before them, and keep their own columns", () => {
  const start = (id: string, before: string) => ({
    problem: { id, prompt: "", answer: "3", correct: (text: string) => text === "1 + 2 = 3. </think> 3" },
    ...{ tokens: [], before },
  });
  const table = pl.DataFrame({ series: ["v", "v", "w"], row: [1, 0, 1], text: [" </think> 3", "= 3", " </think> 4"] });
  const judged = reasoning.judged(table, [start("a", "2 + 2"), start("b", "1 + 2 = 3.")]);
  assertEquals(judged.toRecords(), [
    { series: "v", row: 1, text: " </think> 3", problem: "b", outcome: "ends", correct: true },
    { series: "v", row: 0, text: "= 3", problem: "a", outcome: "goes on", correct: false },
    { series: "w", row: 1, text: " </think> 4", problem: "b", outcome: "ends", correct: false },
  ]);
  assertThrows(() => reasoning.judged(table, []), CircuitbookError, "row 1");
});
