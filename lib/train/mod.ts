/** Training in the engine: recipes, optimizers, the loop, curves. @module */
export { BatchStream, type Place, type TokenBatch } from "./batches.ts";
export { type CardFacts, trainingCard } from "./card.ts";
export * from "./curves.ts";
export { advantages, divergence } from "./grpo/advantages.ts";
export { grpo, type GrpoTask } from "./grpo/grpo.ts";
export type {
  AskedPrompt,
  AskPrompts,
  Earned,
  GrpoSettings,
  GrpoSettingsInput,
} from "./grpo/settings.ts";
export { hiddenMatrices, type HiddenMatrix } from "./optimizer/hidden_matrices.ts";
export type { AdapterSettings } from "./adapter.ts";
export * from "./initial_weights.ts";
export * from "./learner.ts";
export * from "./optimizer/optimizer.ts";
export type {
  AdamSettings,
  MuonSettings,
  OptimizerSettings,
  OptimizerSettingsInput,
} from "./optimizer/settings.ts";
export {
  type CurvePanel,
  type LoopJob,
  type LoopResult,
  type Phase,
  type PhaseInput,
  type Recipe,
  recipe,
  type RecipeInput,
  type TrainingDocument,
} from "./recipe.ts";
export { rateFactor, type Schedule } from "./optimizer/schedule.ts";
export type { Json, KeptState, RunFolder, RunIdentity } from "./run/run_folder.ts";
export { train, type Training, type TrainOptions } from "./train.ts";
export { curvesOf } from "./run/kept_curves.ts";
