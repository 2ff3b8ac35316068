/** How recipes are written and checked. @module */
export {
  checkedRecipe as recipe,
  type LoopJob,
  type LoopResult,
  type Phase,
  type Recipe,
  type RecipeInput,
  type TrainingDocument,
} from "../../train/recipe.ts";
