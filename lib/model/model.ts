import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "./plan/architecture.ts";
import { type Input, tokenRows } from "./plan/batch.ts";
import type { Cache } from "./plan/cache.ts";
import { runEdges } from "./edges/masked_runs.ts";
import { type EdgeScoreOptions, edgeScores } from "./edges/scores.ts";
import { Engine } from "./engine/engine.ts";
import { Generating } from "./generate.ts";
import type { GenerateOptions } from "./generation/generation.ts";
import { type GradientOptions, gradientRows, type Gradients } from "./gradients.ts";
import { type HookPoint, hookPoints } from "./plan/hook_points.ts";
import { logProbabilities, type LossGradients, lossGradients } from "./loss_gradients.ts";
import type { MetricData } from "./plan/metric.ts";
import { pairedRows, type PromptPairs } from "./prompt_pairs.ts";
import { pullBack } from "./pull_back.ts";
import { type RunOptions, runRows } from "./run.ts";
import type { Device } from "./engine/runtime.ts";
import { unembed, type Unembedded, type UnembedOptions } from "./unembed.ts";

/**
 * A loaded model: it can be run, tapped, edited and made to write. Made by {@link loadModel}.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals([model.architecture.layers, model.architecture.heads, model.dtype], [8, 6, "f32"]);
 * ```
 */
export class Model {
  readonly #engine: Engine;

  constructor(
    /** What the model was loaded as. */
    readonly name: string,
    readonly checkpoint: Checkpoint,
    readonly architecture: Architecture,
    readonly tokenizer: Tokenizer,
    readonly device: Device,
    /** Why this device, in a sentence. */
    readonly deviceReason: string,
  ) {
    this.#engine = new Engine(architecture, checkpoint, device);
  }

  /** The element type that activations are computed in. */
  readonly dtype = "f32";

  /** Every hook point, in the order of the forward pass. */
  get hookPoints(): readonly HookPoint[] {
    return hookPoints(this.architecture);
  }

  /**
   * One forward pass: returns the tapped activations, under the given edits. Rows of unequal length are padded on the
   * left; each row is computed as if alone.
   *
   * @throws CircuitbookError for input, taps or edits that do not fit the model.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const { logits } = await model.run("11 + 5 =", { edit: { at: "blocks.1.attn.hook_z", heads: [3], scale: 0 } });
   * assertEquals(logits.sizes, { batch: 1, position: 6, vocab: 574 });
   * ```
   */
  async run(input: Input, options: RunOptions = {}): Promise<Cache> {
    return await runRows(this.#engine, this.tokens(input), options);
  }

  /**
   * The gradients of a scalar by activations: one pass and its reverse.
   *
   * @throws CircuitbookError for input, a metric, hook points or edits that do not fit the model, and for function edits
   * between a point and the metric.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const metric = { logProbability: model.tokenizer.idOf("1") };
   * const { gradients } = await model.gradients("11 + 5 = ", metric, { at: "blocks.*.hook_resid_post", positions: [-1] });
   * assertEquals(gradients.get("blocks.0.hook_resid_post").sizes, { batch: 1, position: 1, d_model: 192 });
   * ```
   */
  gradients(input: Input, metric: MetricData, options: GradientOptions): Promise<Gradients> {
    return gradientRows(this.#engine, this.tokens(input), metric, options);
  }

  /**
   * The loss of next tokens over rows, and its gradient by every weight.
   *
   * @param weights `weights[r][t]`: what predicting token t + 1 of row r counts; the loss is -sum(weight × log p).
   * @throws CircuitbookError when there are not as many weights as predictions, or none counts.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const [row] = model.tokens("11 + 5 = 16");
   * const { gradients } = await model.lossGradients([row], [row.slice(1).map(() => 1 / (row.length - 1))]);
   * assertEquals(gradients.get("model.norm.weight")!.dims, [192]);
   * ```
   */
  async lossGradients(
    rows: readonly (readonly number[])[],
    weights: readonly (readonly number[])[],
  ): Promise<LossGradients> {
    return await lossGradients(this.#engine, this.tokens(rows), weights);
  }

  /**
   * How probable each token of some texts is after those before it: `[r][t]` of token t + 1 of row r, in nats.
   *
   * @throws CircuitbookError for input that does not fit the model.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assert } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const [row] = await model.logProbabilities("11 + 5 = 16");
   * assert(row.at(-1)! > Math.log(0.5));
   * ```
   */
  async logProbabilities(input: Input): Promise<number[][]> {
    return await logProbabilities(this.#engine, this.tokens(input));
  }

  /**
   * Writes on from prompts. Await it for the whole, or walk over it for token by token.
   *
   * @throws CircuitbookError for prompts, edits or options that do not fit the model; InterruptedError when stopped.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const { rows: [{ text }] } = await model.generate("11 + 5 =", { maxNewTokens: 3 });
   * assertEquals(text, " 16");
   * ```
   */
  generate(prompts: Input, options: GenerateOptions = {}): Generating {
    return new Generating(this.#engine, this.tokenizer, this.tokens(prompts), options);
  }

  /** The token rows of an input. @throws CircuitbookError for empty or overlong texts and unknown token ids. */
  tokens(input: Input): number[][] {
    return tokenRows(input, this.tokenizer, this.architecture);
  }

  /** A weight of the checkpoint as f32, axes `0`, `1`, …. @throws CircuitbookError naming the nearest weights. */
  async weight(name: string): Promise<Tensor> {
    const entry = this.checkpoint.tensors.get(name);
    if (!entry) {
      const nearest = nearestNames(name, this.checkpoint.tensors.keys());
      throw new CircuitbookError(
        `Expected a weight of ${this.name} but found "${name}"; nearest: ${nearest.join(", ")}.`,
      );
    }
    const sizes = Object.fromEntries(entry.shape.map((size, axis) => [String(axis), size]));
    return new Tensor(await this.checkpoint.read(name), sizes);
  }

  /** The unembedding [vocab, d_model]: what each token's logit reads from the normalised residual stream. */
  async unembedding(): Promise<Tensor> {
    const { vocab, dModel, weights } = this.architecture;
    return (await this.weight(weights.unembed)).reshape({ vocab, d_model: dModel });
  }

  /**
   * Reads vectors of the residual stream through the unembedding: top tokens and their log-probabilities.
   *
   * @param vectors [example, d_model].
   * @throws CircuitbookError when the vectors do not fit the model.
   */
  unembed(vectors: Tensor, options: UnembedOptions = {}): Promise<Unembedded> {
    return unembed(this.#engine, vectors, options);
  }

  /**
   * What vectors of linear maps' output are, seen from their input: how strongly each input of a matrix drives each vector.
   * Returns [example, input] for each matrix.
   *
   * @param weights names of matrices with outputs of one size, such as `architecture.weights.layer(0).o.weight`.
   * @param vectors [example, output].
   * @throws CircuitbookError when a matrix does not exist or the vectors do not fit.
   *
   * @example
   * ```ts
   * import { loadModel, vectors } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const { down } = model.architecture.weights.layer(0);
   * const [byNeuron] = await model.pullBack([down!.weight], vectors.randomDirections({ n: 2, size: 192 }));
   * assertEquals(byNeuron.sizes, { example: 2, input: 512 });
   * ```
   */
  pullBack(weights: readonly string[], vectors: Tensor): Promise<Tensor[]> {
    return pullBack(this.#engine, weights, vectors);
  }

  /**
   * Runs the clean prompts of pairs with some edges between nodes alone; the others hand on what the corrupted prompts left. Returns
   * a metric of the last logits by mask and pair. `attribution.faithfulness` makes the masks.
   *
   * @param masks a number for each edge, in the order of {@link edgeScores}: 1 keeps it, 0 corrupts it.
   * @throws CircuitbookError when the prompts are not pairs of equal length, a mask has another number of edges, or the metric is not
   * of the last logits.
   */
  async runEdges(
    pairs: PromptPairs,
    masks: readonly Float32Array[],
    metric: MetricData,
    watch: Watch = {},
  ): Promise<number[][]> {
    return await runEdges(this.#engine, pairedRows(this, pairs), masks, metric, watch);
  }

  /**
   * The score of each edge between nodes in each pair, [pair, edge]: its sender's change from corrupted to clean, times the gradient
   * of a metric of the last logits by what its receiver reads. `attribution.edges` names the edges.
   *
   * @throws CircuitbookError when the prompts are not pairs of equal length, or the metric is not of the last logits.
   */
  async edgeScores(
    pairs: PromptPairs,
    metric: MetricData,
    options: EdgeScoreOptions,
  ): Promise<Tensor> {
    return await edgeScores(this.#engine, pairedRows(this, pairs), metric, options);
  }

  /** SHA-256 of the weights. */
  hash(): Promise<string> {
    return this.checkpoint.hash();
  }

  /** Releases everything compiled for this model; it can be used again and compiles anew. */
  dispose(): Promise<void> {
    return this.#engine.dispose();
  }
}
