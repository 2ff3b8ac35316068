/**
 * The door that notebooks, scripts and tests use.
 *
 * Load a model with {@link loadModel}, run it with taps and edits, let it write; then read what
 * came back with probes, lenses and figures. What belongs to one subject stands in a namespace of
 * that subject.
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
export type { Dtype } from "./model/decoder/precision.ts";
export type { DeviceChoice } from "./model/engine/device.ts";
export type { Device } from "./model/engine/session.ts";
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
export { type HookPoint, hookPoints } from "./model/plan/hook_points.ts";
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
export type { Checkpoint, LiveAdapter, LiveProduct } from "./checkpoint/checkpoint.ts";
export type {
  StoredDtype,
  StoredTensor,
  TensorEntry,
  WeightDtype,
} from "./checkpoint/safetensors/stored_tensor.ts";
export type { RowRange } from "./checkpoint/safetensors/weight.ts";
export type { ChatMessage, Tokenizer } from "./checkpoint/tokenizer/tokenizer.ts";
export type { TokenizerContent } from "./checkpoint/tokenizer/tokenizer_file.ts";
export type { GraphTensor } from "./onnx/feeds.ts";

// Values: tensors with named axes, errors, seeded random numbers.
export { resolveSelection, type Selection, Tensor, type TensorData } from "./base/tensor.ts";
export { Abilities, type Ability, MissingAbility } from "./base/abilities.ts";
export { CircuitbookError, InterruptedError } from "./base/errors.ts";
export { integer, normal, type Random, seededRandom, shuffle } from "./base/random.ts";
export type { ProgressEvent, ProgressListener, Watch } from "./base/progress.ts";
export { timed } from "./base/timed.ts";

// Results of long work, kept by content.
export { memo, type MemoOptions } from "./memo/mod.ts";

// Methods.
/**
 * Ablation: heads, neurons and edges set to zero, to a mean or to another prompt; sweeps and
 * searches.
 */
export * as ablation from "./ablation/mod.ts";
/**
 * Attribution: direct logit attribution, patching estimates, edges and circuits, integrated
 * gradients.
 */
export * as attribution from "./attribution/mod.ts";
/** Two models held against each other: their weights, and what their heads and neurons do. */
export * as compare from "./compare/mod.ts";
/** Attention heads: what they attend to, read, write and drive, and how they compose. */
export * as heads from "./heads/mod.ts";
/** Lenses: what the residual stream says in tokens, as it is or carried to the last layer. */
export * as lens from "./lens/mod.ts";
/** MLP neurons: value vectors and keys, activations, nearest tokens, ablation. */
export * as neurons from "./neurons/mod.ts";
/** Activation and path patching between clean and corrupted prompts. */
export * as patching from "./patching/mod.ts";
/** Linear probes: what a layer says of a label, and in which direction. */
export * as probing from "./probe/mod.ts";
/** Steering: vectors added to the residual stream, at which length, where and when. */
export * as steering from "./steering/mod.ts";

// Numbers: statistics, tables, vectors.
/** Statistics: intervals, shares, means, differences, ranks. */
export * as stats from "./stats/mod.ts";
/** Tables: polars frames with a row type, their rows, groups and columns. */
export * as tables from "./table/mod.ts";
/** Vectors: lengths, cosines, spans, random directions. */
export * as vectors from "./base/vectors.ts";

// Tasks: problems, prompts, parsing, scoring, corpora.
/** The countdown task: problems, prompts, chains of thought, their attempts and verdicts. */
export * as countdown from "./tasks/countdown/mod.ts";
/** The greatest of five digits: lists, and how answers are judged. */
export * as maxOfList from "./tasks/max_of_list/mod.ts";
/**
 * The property task: a result with a property, such as a prime, so that the answer is not in the
 * context.
 */
export * as property from "./tasks/property/mod.ts";
/** Chains of thought of any task: where they state their answer, and whether it is right. */
export * as reasoning from "./tasks/reasoning/mod.ts";
/** The verification task: is this attempt correct, Yes or No? */
export * as verification from "./tasks/verification/mod.ts";
/** Word problems: made, read from files, written and scored. */
export * as wordProblems from "./tasks/word_problems/mod.ts";

// Checkpoints and training.
/** Checkpoints: finding them, reading and writing their files, tokenizers. */
export * as checkpoints from "./checkpoint/mod.ts";
/** Model families: which configurations are supported, and what they describe. */
export * as families from "./model/families/mod.ts";
/** Recipes: how the embedded models are trained. */
export * as recipes from "./train/recipes/mod.ts";
/** Training: optimizers, the training loop, reinforcement learning, curves. */
export * as training from "./train/mod.ts";

// Figures and notebooks.
/** The live page: a model that runs in the reader's browser, from one HTML file. */
export * as live from "./live/mod.ts";
/** Notebooks: the model that a notebook is about, claims, and how values show themselves. */
export * as notebook from "./notebook/mod.ts";
/** Figures and interactive viewers. */
export * as plot from "./plot/mod.ts";
/** Progress and interruption of long work. */
export * as progress from "./base/progress.ts";
