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
export type * from "./model/architecture.ts";
export type { Input } from "./model/batch.ts";
export * from "./model/cache.ts";
export * from "./model/device.ts";
export * from "./model/edit.ts";
export { architectureOf, architectureOfCheckpoint, supportedFamilies } from "./model/families/mod.ts";
export { checkWeights } from "./model/families/weights.ts";
export { Generating } from "./model/generate.ts";
export * from "./model/generation.ts";
export type { GradientOptions, Gradients } from "./model/gradients.ts";
export { type HookPoint, hookPoints, matchPoints } from "./model/hook_points.ts";
export { loadModel, type LoadOptions } from "./model/load.ts";
export type { LossGradients } from "./model/loss_gradients.ts";
export type { GradientMetric, TokenChoice } from "./model/metric.ts";
export * from "./model/model.ts";
export type { Numbers } from "./model/numbers.ts";
export type { RunOptions } from "./model/run.ts";
export type { Device } from "./model/runtime.ts";
export type { SamplingOptions } from "./model/sampling.ts";
export { type Start, startTaps } from "./model/start.ts";
export type { Positions, Tap, Taps } from "./model/tap.ts";
export type { Unembedded, UnembedOptions } from "./model/unembed.ts";

// What notebooks call: experiments and measures.
export * as ablation from "./ablation/mod.ts";
export * as attribution from "./attribution/mod.ts";
export * as compare from "./compare/mod.ts";
export * from "./contrastive.ts";
export * from "./cosines_by_stage.ts";
export * from "./directions.ts";
export {
  intervene,
  type Intervention,
  type InterventionOptions,
  interventionTaps,
  type Metric,
} from "./interventions.ts";
export * as heads from "./heads/mod.ts";
export * as lens from "./lens/mod.ts";
export * as neurons from "./neurons/mod.ts";
export * as patching from "./patching/mod.ts";
export * from "./probe/mod.ts";
export * from "./repetition.ts";
export * from "./stats/mod.ts";
export * from "./steering.ts";
export * from "./steering_generations.ts";
export * from "./steering_moments.ts";
export * from "./steering_sweep.ts";
export * from "./vector_edits.ts";

// Training.
export * from "./train/mod.ts";

// Tasks, figures, notebooks.
export * as countdown from "./tasks/countdown/mod.ts";
export * from "./tasks/glossary.ts";
export * as maxOfList from "./tasks/max_of_list/mod.ts";
export * as recipes from "./tasks/recipes/mod.ts";
export * as reasoning from "./tasks/reasoning/mod.ts";
export * as verification from "./tasks/verification/mod.ts";
export * as wordProblems from "./tasks/word_problems/mod.ts";
export * as plot from "./plot/mod.ts";
export * from "./notebook/cache_view.ts";
export { type Claim, Claims, claims } from "./notebook/claims.ts";
export * from "./notebook/display.ts";
export * from "./notebook/generation_view.ts";
export { installInKernel } from "./notebook/lab.ts";
export * from "./notebook/ledger.ts";
export * from "./notebook/live_loss_curve.ts";
export * from "./notebook/means_view.ts";
export * from "./notebook/model_card.ts";
export * from "./notebook/notebook_model.ts";
export * from "./notebook/probes_view.ts";
export { type Bar, type DrawBars, progressMeter } from "./notebook/progress_bar.ts";
export { terminalProgress } from "./notebook/progress_display.ts";
export * from "./notebook/shares_view.ts";
