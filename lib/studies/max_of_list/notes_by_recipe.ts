import { median } from "simple-statistics";
import { checkArguments, is } from "../../base/arguments.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { Note } from "./notes.ts";

/** What a note comes to in one run of a recipe. */
export interface RecipeNote extends Note {
  /** The name of the recipe. */
  readonly recipe: string;
}

/** What a note comes to under several recipes. */
export interface NoteByRecipe {
  /** The name of the note. */
  readonly note: string;
  /** The recipes of which at least one run shows the note: `every recipe`, `no recipe`, or their names. */
  readonly "shown by": string;
  /** For each recipe, by its name: in how many runs the note holds, and the median of what was measured. */
  readonly [recipe: string]: string;
}

/**
 * Returns which recipes show each note: those of which the note holds in at least one run.
 *
 * @param noted what {@link notes} returns, for all runs of all recipes. A recipe that a note cannot be tested on has no row
 * of the note, and does not count for the note.
 * @returns a row for each note, with a column for each recipe: `2 of 3, 0.45`.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const note = "one head dominates";
 * const table = maxOfListStudy.notesByRecipe([
 *   { recipe: "own", note, value: 0.26, holds: false },
 *   { recipe: "other", note, value: 0.65, holds: true },
 * ]);
 * assertEquals(table.toRecords(), [
 *   { note, "shown by": "other", own: "0 of 1, 0.26", other: "1 of 1, 0.65" },
 * ]);
 * ```
 */
export function notesByRecipe(noted: readonly RecipeNote[]): TableOf<NoteByRecipe> {
  checkArguments("notesByRecipe", { noted: [noted, is.objects] });

  const recipes = [...new Set(noted.map(({ recipe }) => recipe))];
  const rows = [...Map.groupBy(noted, ({ note }) => note)].map(([note, all]) => {
    const byRecipe = Map.groupBy(all, ({ recipe }) => recipe);
    const showing = recipes.filter((recipe) => byRecipe.get(recipe)?.some(({ holds }) => holds));
    return {
      note,
      "shown by": recipesInWords(showing, byRecipe.size),
      ...Object.fromEntries(recipes.map((recipe) => [recipe, inWords(byRecipe.get(recipe))])),
    };
  });
  return tableOf(rows);
}

function recipesInWords(showing: readonly string[], tested: number): string {
  if (showing.length === tested) return "every recipe";
  return showing.length === 0 ? "no recipe" : showing.join(", ");
}

/** Returns in how many runs a note holds, and the median of the measured numbers; a scale that is never reached is infinite. */
function inWords(runs: readonly Note[] | undefined): string {
  if (runs === undefined) return "not tested";
  const holding = runs.filter(({ holds }) => holds).length;
  const middle = median(runs.map(({ value }) => value));
  const number = Number.isFinite(middle) ? String(Number(middle.toPrecision(2))) : "never";
  return `${holding} of ${runs.length}, ${number}`;
}
