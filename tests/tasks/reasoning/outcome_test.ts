import { assertEquals } from "@std/assert";
import { reasoning } from "circuitbook";

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
  for (const [text, expected] of Object.entries(outcomes)) {
    assertEquals(reasoning.outcome(text), expected, text);
  }
});
