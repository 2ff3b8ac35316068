/** Training in the engine: recipes, optimizers, the loop, curves. @module */
export * from "./curves.ts";
export * from "./optimizer_settings.ts";
export {
  checkedRecipe as recipe,
  type LoopJob,
  type LoopResult,
  type Phase,
  type Recipe,
  type RecipeInput,
  type TrainingDocument,
} from "./recipe.ts";
export { rateFactor, type Schedule } from "./schedule.ts";
export type * from "./trainable.ts";
