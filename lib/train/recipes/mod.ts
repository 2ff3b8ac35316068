/**
 * Recipes: how the models that come with the repository are made. `deno task train NAME` follows
 * one.
 *
 * @module
 */
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import type { Recipe } from "../recipe.ts";
import { countdownBase } from "./countdown_base.ts";
import { countdownR1 } from "./countdown_r1.ts";
import { maxOfList, maxOfListDecay, maxOfListDigits, maxOfListNarrow } from "./max_of_list.ts";
import { propertyBase } from "./property_base.ts";
import { propertyR1 } from "./property_r1.ts";
import { smollm2CountdownBase } from "./smollm2_countdown_base.ts";
import { smollm2CountdownR1 } from "./smollm2_countdown_r1.ts";
import { smollm2WordProblems } from "./smollm2_word_problems.ts";

export {
  countdownBase,
  countdownR1,
  maxOfList,
  maxOfListDecay,
  maxOfListDigits,
  maxOfListNarrow,
  propertyBase,
  propertyR1,
  smollm2CountdownBase,
  smollm2CountdownR1,
  smollm2WordProblems,
};
export {
  modelScores,
  type ScoreOptions,
  type Thresholds,
  type TwinScoreOptions,
  type TwinScoreRow,
  twinScores,
} from "./scores/twin_scores.ts";
export type { AcceptanceRow, ScoreRow } from "../scores.ts";

/** All recipes. */
export const all: readonly Recipe[] = [
  maxOfList,
  maxOfListDecay,
  maxOfListDigits,
  maxOfListNarrow,
  countdownBase,
  countdownR1,
  propertyBase,
  propertyR1,
  smollm2CountdownBase,
  smollm2CountdownR1,
  smollm2WordProblems,
];

/**
 * Returns the recipe with a name.
 *
 * @param name the name: `max-of-list`.
 * @returns the recipe.
 * @throws CircuitbookError if there is no such recipe; lists the recipes.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.named("max-of-list"), recipes.maxOfList);
 * ```
 */
export function named(name: string): Recipe {
  checkArguments("named", { name: [name, is.text] });

  const found = all.find((recipe) => recipe.name === name);
  if (found) return found;
  const names = nearestNames(name, all.map(({ name }) => name), all.length);
  throw new CircuitbookError(`Expected a recipe out of ${names.join(", ")} but found "${name}".`);
}
