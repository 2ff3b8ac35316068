/** Training in the engine: recipes, optimizers, the loop, curves. @module */
export { BatchStream, type Place, type TokenBatch } from "./batches.ts";
export { type CardFacts, trainingCard } from "./card.ts";
export * from "./curves.ts";
export { advantages, divergence } from "./grpo_advantages.ts";
export { grpo, type GrpoTask } from "./grpo.ts";
export type { AskedPrompt, AskPrompts, Earned, GrpoSettings, GrpoSettingsInput } from "./grpo_settings.ts";
export { hiddenMatrices, type HiddenMatrix } from "./hidden_matrices.ts";
export * from "./initial_weights.ts";
export * from "./learner.ts";
export * from "./optimizer.ts";
export type { OptimizerSettings, OptimizerSettingsInput } from "./optimizer_settings.ts";
export {
  type LoopJob,
  type LoopResult,
  type Phase,
  type Recipe,
  recipe,
  type RecipeInput,
  type TrainingDocument,
} from "./recipe.ts";
export { rateFactor, type Schedule } from "./schedule.ts";
export { train, type Training, type TrainOptions } from "./train.ts";
