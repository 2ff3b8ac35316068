import { assertEquals } from "@std/assert";
import { loadModel, maxOfList } from "circuitbook";
import * as maxOfListStudy from "circuitbook/studies/max_of_list";

Deno.test("the runs in which a note holds are counted by recipe, beside the median of what was measured", () => {
  const row = (recipe: string, note: string, value: number, holds: boolean) => (
    { recipe, note, value, holds }
  );
  const table = maxOfListStudy.notesByRecipe([
    row("a", "often", 0.1, true),
    row("a", "often", 0.2, true),
    row("a", "often", 0.6, false),
    row("b", "often", 0.7, true),
    row("b", "often", 0.123, false),
    row("a", "always", 1, true),
    row("b", "always", 0.5, true),
    row("a", "once", 1, false),
    row("b", "once", 2, true),
    row("b", "once", 1, false),
    row("a", "never", 0, false),
    row("b", "never", Infinity, false),
    row("b", "untested in a", 1, true),
  ]);
  assertEquals(table.toRecords(), [
    { note: "often", a: "2 of 3, 0.2", b: "1 of 2, 0.41" },
    { note: "always", a: "1 of 1, 1", b: "1 of 1, 0.5" },
    { note: "once", a: "0 of 1, 1", b: "1 of 2, 1.5" },
    { note: "never", a: "0 of 1, 0", b: "0 of 1, never" },
    { note: "untested in a", a: "not tested", b: "1 of 1, 1" },
  ]);
});

Deno.test("recipes in words name the runs of one note", () => {
  const note = "often";
  assertEquals(
    maxOfListStudy.recipesInWords([
      { recipe: "a", note, value: -0.1, holds: true },
      { recipe: "b", note, value: Infinity, holds: false },
      { recipe: "a", note, value: -0.36, holds: false },
    ]),
    "a 1 of 2 (−0.23), b 0 of 1 (never)",
  );
  assertEquals(maxOfListStudy.recipesInWords([]), "none");
});

Deno.test("a model without positional embeddings is tested on all notes but those on the embeddings", async () => {
  const lists = maxOfList.lists({ n: 20, seed: 3, uniform: "maximum" });
  const notesOf = async (name: string) => {
    const table = await maxOfListStudy.notes(await loadModel(name, { device: "cpu" }), lists);
    return table.getColumn("note").toArray() as string[];
  };
  const [all, fewer] = [
    await notesOf("max-of-list"),
    await notesOf("max-of-list-seeds/no-positions"),
  ];
  assertEquals(all.filter((note) => !fewer.includes(note)), [
    "similar positions",
    "positions matter",
  ]);
});
