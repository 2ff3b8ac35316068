/**
 * The door that notebooks, scripts and tests use.
 *
 * Load a model with {@link loadModel}, run it with taps and edits, let it write; then read what came back
 * with probes, lenses and figures. What belongs to one subject stands in a namespace of that subject.
 *
 * @module
 */

// Models: load, run, tap, edit, generate.
export { loadModel, type LoadOptions } from "./model/load.ts";
export * from "./model/model.ts";
export { Generating } from "./model/generate.ts";
export * from "./model/generation/generation.ts";
export type { SamplingOptions } from "./model/generation/sampling.ts";
export type { GradientOptions, Gradients } from "./model/gradients.ts";
export {
  intervene,
  type Intervention,
  type InterventionOptions,
  interventionTaps,
} from "./model/interventions.ts";
export type { LossGradients } from "./model/loss_gradients.ts";
export type { RunOptions } from "./model/run.ts";
export type { Unembedded, UnembedOptions } from "./model/unembed.ts";
export type { PromptPairs } from "./model/prompt_pairs.ts";
export type { EdgeScoreOptions } from "./model/edges/scores.ts";
export type { DeviceChoice } from "./model/engine/device.ts";
export type { Device } from "./model/engine/runtime.ts";
export type * from "./model/plan/architecture.ts";
export type { Input } from "./model/plan/batch.ts";
export * from "./model/plan/cache.ts";
export type {
  AffineEdit,
  Edit,
  EditTarget,
  FunctionContext,
  FunctionEdit,
  ProjectionEdit,
  TokenContext,
  When,
} from "./model/plan/edit.ts";
export { knockOut, projectOut, scaleScores, zeroNeurons } from "./model/plan/edit.ts";
export { type HookPoint, hookPoints, matchPoints } from "./model/plan/hook_points.ts";
export type {
  LogitDifference,
  LogProbability,
  Metric,
  MetricData,
  MetricFunction,
  NextTokenLoss,
  ScoreMetric,
  TokenChoice,
} from "./model/plan/metric.ts";
export type { Numbers } from "./model/plan/numbers.ts";
export { type Start, startTaps } from "./model/plan/start.ts";
export type { Positions } from "./model/plan/positions.ts";
export type { Tap, Taps } from "./model/plan/tap.ts";

// The files of a model.
export type { Checkpoint } from "./checkpoint/checkpoint.ts";
export type { Tokenizer } from "./checkpoint/tokenizer/tokenizer.ts";
export type { GraphTensor } from "./onnx/feeds.ts";

// Values: tensors with named axes, errors, seeded random numbers.
export { resolveSelection, type Selection, Tensor, type TensorData } from "./base/tensor.ts";
export { CircuitbookError, InterruptedError } from "./base/errors.ts";
export { integer, normal, type Random, seededRandom, shuffle } from "./base/random.ts";
export type { ProgressEvent, ProgressListener, Watch } from "./base/progress.ts";
export { timed } from "./base/timed.ts";

// Methods.
export * as ablation from "./ablation/mod.ts";
export * as attribution from "./attribution/mod.ts";
export * as compare from "./compare/mod.ts";
export * as heads from "./heads/mod.ts";
export * as lens from "./lens/mod.ts";
export * as neurons from "./neurons/mod.ts";
export * as patching from "./patching/mod.ts";
export * as probing from "./probe/mod.ts";
export * as steering from "./steering/mod.ts";

// Numbers: statistics, tables, vectors.
export * as stats from "./stats/mod.ts";
export * as tables from "./table/mod.ts";
export * as vectors from "./base/vectors.ts";

// Tasks: problems, prompts, parsing, scoring, corpora.
export * as countdown from "./tasks/countdown/mod.ts";
export * as maxOfList from "./tasks/max_of_list/mod.ts";
export * as reasoning from "./tasks/reasoning/mod.ts";
export * as verification from "./tasks/verification/mod.ts";
export * as wordProblems from "./tasks/word_problems/mod.ts";

// Checkpoints and training.
export * as checkpoints from "./checkpoint/mod.ts";
export * as families from "./model/families/mod.ts";
export * as recipes from "./train/recipes/mod.ts";
export * as training from "./train/mod.ts";

// Figures and notebooks.
export * as notebook from "./notebook/mod.ts";
export * as plot from "./plot/mod.ts";
export * as progress from "./base/progress.ts";
