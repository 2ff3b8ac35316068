/**
 * The one door that notebooks, scripts and tests use.
 *
 * Load a model ({@link loadModel}), run it with taps and edits, let it write; then read what came back with probes, lenses
 * and figures.
 *
 * @module
 */

// Ground: errors, random numbers, progress, tensors with named axes.
export * from "./base/errors.ts";
export * from "./base/progress.ts";
export * from "./base/random.ts";
export * from "./base/tensor.ts";
export * from "./base/timed.ts";

// Graphs of ONNX operators, and their derivatives.
export * from "./onnx/encode.ts";
export * from "./onnx/graph.ts";
export * from "./onnx/shapes.ts";
export { gradients } from "./onnx/gradient/gradient.ts";

// Checkpoints: files, tokenizers, finding a model.
export * from "./checkpoint/checkpoint.ts";
export { embeddedModels, findModel, type FindOptions } from "./checkpoint/find.ts";
export * from "./checkpoint/halves.ts";
export * from "./checkpoint/live_checkpoint.ts";
export * from "./checkpoint/run_folder.ts";
export * from "./checkpoint/safetensors.ts";
export * from "./checkpoint/tokenizer.ts";
export { type ModelFiles, writeModel } from "./checkpoint/write_model.ts";
export * from "./checkpoint/write_safetensors.ts";

// Models: architectures, runs, taps, edits, generation.
export type * from "./model/plan/architecture.ts";
export type { Input } from "./model/plan/batch.ts";
export * from "./model/plan/cache.ts";
export * from "./model/engine/device.ts";
export * from "./model/plan/edit.ts";
export {
  architectureOf,
  architectureOfCheckpoint,
  supportedFamilies,
} from "./model/families/mod.ts";
export { checkWeights } from "./model/families/weights.ts";
export { Generating } from "./model/generate.ts";
export * from "./model/generation/generation.ts";
export type { GradientOptions, Gradients } from "./model/gradients.ts";
export { type HookPoint, hookPoints, matchPoints } from "./model/plan/hook_points.ts";
export { loadModel, type LoadOptions } from "./model/load.ts";
export type { LossGradients } from "./model/loss_gradients.ts";
export type { GradientMetric, TokenChoice } from "./model/plan/metric.ts";
export * from "./model/model.ts";
export type { Numbers } from "./model/plan/numbers.ts";
export type { RunOptions } from "./model/run.ts";
export type { Device } from "./model/engine/runtime.ts";
export type { SamplingOptions } from "./model/generation/sampling.ts";
export { type Start, startTaps } from "./model/plan/start.ts";
export type { Positions, Tap, Taps } from "./model/plan/tap.ts";
export type { Unembedded, UnembedOptions } from "./model/unembed.ts";

// What notebooks call: experiments and measures.
export * as ablation from "./ablation/mod.ts";
export * as attribution from "./attribution/mod.ts";
export * as compare from "./compare/mod.ts";
export * from "./steering/contrastive.ts";
export * from "./studies/max_of_list/cosines_by_stage.ts";
export * from "./base/vectors.ts";
export {
  intervene,
  type Intervention,
  type InterventionOptions,
  interventionTaps,
  type Metric,
} from "./model/interventions.ts";
export * as heads from "./heads/mod.ts";
export * as lens from "./lens/mod.ts";
export * as neurons from "./neurons/mod.ts";
export * as patching from "./patching/mod.ts";
export * from "./probe/mod.ts";
export * from "./stats/repetition.ts";
export * from "./stats/mod.ts";
export * from "./steering/steer.ts";
export * from "./steering/sweep_generations.ts";
export * from "./steering/moments.ts";
export * from "./steering/sweep_scales.ts";
export * from "./steering/vector_edits.ts";

// Training.
export * from "./train/mod.ts";

// Tasks, figures, notebooks.
export * as countdown from "./tasks/countdown/mod.ts";
export * from "./studies/verification/glossary.ts";
export * as maxOfList from "./tasks/max_of_list/mod.ts";
export * as recipes from "./train/recipes/mod.ts";
export * as reasoning from "./tasks/reasoning/mod.ts";
export * as verification from "./tasks/verification/mod.ts";
export * as wordProblems from "./tasks/word_problems/mod.ts";
export * as plot from "./plot/mod.ts";
export * from "./notebook/views/cache_view.ts";
export { type Claim, Claims, claims } from "./notebook/claims.ts";
export * from "./notebook/display.ts";
export * from "./notebook/views/generation_view.ts";
export { installInKernel } from "./notebook/lab.ts";
export * from "./notebook/ledger.ts";
export * from "./notebook/views/live_loss_curve.ts";
export * from "./notebook/views/means_view.ts";
export * from "./notebook/views/model_card.ts";
export * from "./notebook/notebook_model.ts";
export * from "./notebook/views/probes_view.ts";
export { type Bar, type DrawBars, progressMeter } from "./notebook/progress_bar.ts";
export { terminalProgress } from "./notebook/progress_display.ts";
export * from "./notebook/views/shares_view.ts";
