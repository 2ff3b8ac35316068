import { assert, assertEquals, assertThrows } from "@std/assert";
import { Abilities, CircuitbookError, MissingAbility, notebook } from "circuitbook";

const abilities = () =>
  new Abilities()
    .note("words", { what: "single words", there: true, found: "both are" })
    .note("verdicts", { what: "attempts with a verdict", there: false, found: "0 of 7 attempts" });

Deno.test("a section that needs an ability which is there goes on", () => {
  abilities().require("words");
  assertEquals(abilities().missing("words"), undefined);
});

Deno.test("a section that needs more than the model can do ends with a sentence, and no trace", () => {
  const error = assertThrows(() => abilities().require("words", "verdicts"), MissingAbility);
  const sentence = "This section needs attempts with a verdict; found: 0 of 7 attempts.";
  assertEquals([error.message, error.stack], [sentence, sentence]);
});

Deno.test("a misspelt ability is refused, also after a section was skipped", () => {
  const found = abilities();
  assertThrows(() => found.require("verdict"), CircuitbookError, "the nearest are verdicts");
  assertThrows(() => found.require("verdicts"), MissingAbility);
  const error = assertThrows(() => found.require("word"), CircuitbookError, "nearest are words");
  assert(!(error instanceof MissingAbility));
});

Deno.test("an announced ability is missing until a cell notes it", () => {
  const found = abilities().noteLater("pairs");
  const error = assertThrows(() => found.require("pair"), CircuitbookError, "nearest are pairs");
  assert(!(error instanceof MissingAbility));
  assertThrows(() => found.require("pairs"), MissingAbility, "did not run");
  found.note("pairs", { what: "eight pairs", there: true, found: "80" });
  assertEquals(found.missing("pairs"), undefined);
});

Deno.test("a later note of an ability replaces the first", () => {
  const found = abilities().note("verdicts", { what: "verdicts", there: true, found: "7" });
  assertEquals(found.list.map(({ name, there }) => [name, there]), [
    ["words", true],
    ["verdicts", true],
  ]);
});

Deno.test("abilities are shown as a table that says what is there", () => {
  const { text } = notebook.abilitiesView(abilities());
  assert(/^single words +yes +both are/m.test(text), text);
  assert(/^attempts with a verdict +no +0 of 7 attempts/m.test(text), text);
});
