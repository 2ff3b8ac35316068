import { assertEquals } from "@std/assert";
import { reasoning } from "circuitbook";

/**
 * The sentences of a text that state an answer, each with all that stands before it in its line.
 */
const stated = (text: string, answer: string) =>
  reasoning.statedEnds(text, answer).map((end) =>
    text.slice(text.lastIndexOf("\n", end - 1) + 1, end + 1)
  );

Deno.test("an answer is found whole and by value, and its sentence ends at a full stop or the end of its line", () => {
  assertEquals(stated("162 of 62.5, 620 and 6.2. Then 62.\nEnd", "62"), [
    "162 of 62.5, 620 and 6.2. Then 62.",
  ]);
  assertEquals(stated("- 57 - 5 = 52 (not 62)\n- 57 + 5 = 62 (this works)\n", "62"), [
    "- 57 - 5 = 52 (not 62)\n",
    "- 57 + 5 = 62 (this works)\n",
  ]);
  assertEquals(stated("It costs $1,080.00 in all. Is 1080 right? Yes.", "1080"), [
    "It costs $1,080.00 in all.",
    "It costs $1,080.00 in all. Is 1080 right?",
  ]);
  assertEquals(stated('He said "62." And then (62!) It went on  ', "62"), [
    'He said "62."',
    'He said "62." And then (62!)',
  ]);
  assertEquals(stated("= -62, but 100 - 62 too. 是62。好", "62"), [
    "= -62, but 100 - 62 too.",
    "= -62, but 100 - 62 too. 是62。",
  ]);
  assertEquals(stated("so 62 and 62 again: 62  \n\n", "62"), ["so 62 and 62 again: 62  \n"]);
  assertEquals(stated("at last 62 ", "62"), ["at last 62"]);
  assertEquals(stated("= -7.\n7", "-7"), ["= -7."]);
  assertEquals(stated("nothing of the kind", "62"), []);
});
