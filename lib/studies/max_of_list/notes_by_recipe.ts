import { median } from "simple-statistics";
import { checkArguments, is } from "../../base/arguments.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { Note } from "./notes.ts";

/** The result of a note in one run of a recipe. */
export interface RecipeNote extends Note {
  /** The name of the recipe. */
  readonly recipe: string;
}

/** The results of a note under several recipes. */
export interface NoteByRecipe {
  /** The name of the note. */
  readonly note: string;
  /**
   * For each recipe, by its name: in how many runs the note holds, and the median of what was
   * measured.
   */
  readonly [recipe: string]: string;
}

/**
 * Returns in how many runs of each recipe each note holds.
 *
 * @param noted what {@link notes} returns, for all runs of all recipes. A recipe that a note cannot
 * be tested on has no row of the note, and does not count for the note.
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
 *   { note, own: "0 of 1, 0.26", other: "1 of 1, 0.65" },
 * ]);
 * ```
 */
export function notesByRecipe(noted: readonly RecipeNote[]): TableOf<NoteByRecipe> {
  checkArguments("notesByRecipe", { noted: [noted, is.objects] });

  const recipes = [...new Set(noted.map(({ recipe }) => recipe))];
  const rows = [...Map.groupBy(noted, ({ note }) => note)].map(([note, all]) => {
    const byRecipe = Map.groupBy(all, ({ recipe }) => recipe);
    return {
      note,
      ...Object.fromEntries(recipes.map((recipe) => [recipe, inWords(byRecipe.get(recipe))])),
    };
  });
  return tableOf(rows);
}

/**
 * Returns in how many runs of each recipe one note holds, in words.
 *
 * @param noted the rows of one note, for all runs of the recipes that the words shall name.
 * @returns the recipes in order, with the median of what was measured: `uniform digits 1 of 2
 * (0.64)`; "none" without rows.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const row = { recipe: "uniform digits", note: "one head dominates" };
 * const rows = [{ ...row, value: 0.65, holds: true }, { ...row, value: 0.63, holds: true }];
 * assertEquals(maxOfListStudy.recipesInWords(rows), "uniform digits 2 of 2 (0.64)");
 * ```
 */
export function recipesInWords(noted: readonly RecipeNote[]): string {
  checkArguments("recipesInWords", { noted: [noted, is.objects] });

  const recipes = [...Map.groupBy(noted, ({ recipe }) => recipe)];
  if (recipes.length === 0) return "none";
  return recipes.map(([recipe, runs]) => {
    const { holding, middle } = countOf(runs);
    return `${recipe} ${holding} of ${runs.length} (${middle})`;
  }).join(", ");
}

/** Returns the text of a cell: `2 of 3, 0.45`, or "not tested" without runs. */
function inWords(runs: readonly Note[] | undefined): string {
  if (runs === undefined) return "not tested";
  const { holding, middle } = countOf(runs);
  return `${holding} of ${runs.length}, ${middle}`;
}

/**
 * Returns in how many runs a note holds, and the median of the measured numbers; a scale that is
 * never reached is infinite.
 */
function countOf(runs: readonly Note[]): { holding: number; middle: string } {
  const holding = runs.filter(({ holds }) => holds).length;
  const middle = median(runs.map(({ value }) => value));
  return {
    holding,
    middle: Number.isFinite(middle)
      ? String(Number(middle.toPrecision(2))).replace("-", "−")
      : "never",
  };
}
