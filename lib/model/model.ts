import { printsAsText } from "../base/one_line.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { promptPairs } from "./plan/kinds.ts";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "./plan/architecture.ts";
import { type Input, tokenRows } from "./plan/batch.ts";
import type { Cache } from "./plan/cache.ts";
import type { Dtype } from "./decoder/precision.ts";
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
import type { Device } from "./engine/session.ts";
import { unembed, type Unembedded, type UnembedOptions } from "./unembed.ts";
import { counted } from "../base/formats.ts";

/**
 * A loaded model, which can be run, tapped, edited, differentiated and made to write. {@link
 * loadModel} makes it.
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

  /**
   * Makes a model of an opened checkpoint. {@link loadModel} finds and opens one by its name.
   *
   * @param name the name, folder or Hub id.
   * @param checkpoint the files of the model.
   * @param architecture the sizes, switches and weight names that `config.json` describes.
   * @param tokenizer the tokenizer of the model.
   * @param device the device that the model runs on.
   * @param deviceReason why this device was taken, in a sentence.
   * @param dtype the element type of matrix products and attention. Default f32.
   */
  constructor(
    /** The name, folder or Hub id that the model was loaded by. */
    readonly name: string,
    /** The files of the model. */
    readonly checkpoint: Checkpoint,
    /** The sizes, switches and weight names of the model. */
    readonly architecture: Architecture,
    /** The tokenizer of the model. */
    readonly tokenizer: Tokenizer,
    /** The device that the model runs on. */
    readonly device: Device,
    /** Why this device was taken, in a sentence. */
    readonly deviceReason: string,
    /** The element type of matrix products and attention; everything else is computed in f32. */
    readonly dtype: Dtype = "f32",
  ) {
    this.#engine = new Engine(architecture, checkpoint, device, { dtype });
  }

  /** Every hook point, in the order of the forward pass. */
  get hookPoints(): readonly HookPoint[] {
    return hookPoints(this.architecture);
  }

  /**
   * Runs one forward pass and returns the activations that were tapped. Rows of unequal length are
   * padded on the left; padding changes no number.
   *
   * @param input the rows: texts, or lists of token ids.
   * @param options what is tapped and edited. Default: all logits are returned.
   * @returns the tapped activations and the logits, by hook point.
   * @throws CircuitbookError if the input, a tap or an edit does not fit the model.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const { logits } = await model.run("11 + 5 =", {
   *   edit: { at: "blocks.1.attn.hook_z", heads: [3], scale: 0 },
   * });
   * assertEquals(logits.sizes, { batch: 1, position: 6, vocab: 574 });
   * ```
   */
  async run(input: Input, options: RunOptions = {}): Promise<Cache> {
    return await runRows(this.#engine, this.tokens(input), options);
  }

  /**
   * Returns the gradients of a metric by activations, from one forward and one reverse pass.
   *
   * @param input the rows: texts, or lists of token ids.
   * @param metric the metric of each row, as data.
   * @param options the hook points that the metric is differentiated by, and what is tapped and
   * edited.
   * @returns the gradients by hook point, and the value of the metric for each row.
   * @throws CircuitbookError if the metric is a function, if the input, the metric, a hook point or
   * an edit does not fit the model, or if a function edit acts between a hook point and the metric.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const metric = { logProbability: model.tokenizer.idOf("1") };
   * const { gradients } = await model.gradients("11 + 5 = ", metric, {
   *   at: "blocks.*.hook_resid_post",
   *   positions: [-1],
   * });
   * assertEquals(gradients.get("blocks.0.hook_resid_post").sizes, {
   *   batch: 1,
   *   position: 1,
   *   d_model: 192,
   * });
   * ```
   */
  gradients(input: Input, metric: MetricData, options: GradientOptions): Promise<Gradients> {
    return gradientRows(this.#engine, this.tokens(input), metric, options);
  }

  /**
   * Returns the next-token loss of rows, and its gradient by every weight.
   *
   * @param rows the token ids of each row.
   * @param weights `weights[r][t]`, the weight of predicting token t + 1 of row r: the loss is -Σ
   * weight × log p.
   * @returns the loss, its gradients by tensor name, and the log-probabilities.
   * @throws CircuitbookError unless there is one weight for each prediction, or if all weights
   * are 0.
   *
   * @example
   * ```ts
   * import { loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const [row] = model.tokens("11 + 5 = 16");
   * const { gradients } = await model.lossGradients([row], [
   *   row.slice(1).map(() => 1 / (row.length - 1)),
   * ]);
   * assertEquals(gradients.get("model.norm.weight")!.dims, [192]);
   * ```
   */
  async lossGradients(
    rows: readonly (readonly number[])[],
    weights: readonly (readonly number[])[],
  ): Promise<LossGradients> {
    checkArguments("lossGradients", { rows: [rows, is.lists], weights: [weights, is.lists] });

    return await lossGradients(this.#engine, this.tokens(rows), weights);
  }

  /**
   * Returns the log-probability of each token given the tokens before it.
   *
   * @param input the rows: texts, or lists of token ids.
   * @returns `[r][t]`: the log-probability of token t + 1 of row r, in nats.
   * @throws CircuitbookError if the input does not fit the model.
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
   * Continues prompts. Await the result for the whole generation, or iterate over it token by
   * token.
   *
   * @param prompts texts, or lists of token ids; each is one row.
   * @param options how tokens are drawn, when a row ends, and what is tapped and edited. Default:
   * the most probable token, up to 64 new ones.
   * @returns a generation that begins when it is awaited or iterated over.
   * @throws CircuitbookError if the prompts, an edit or an option does not fit the model.
   * @throws InterruptedError if it is stopped.
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

  /**
   * Returns the token ids of an input.
   *
   * @param input a text, a list of token ids, or a list of either.
   * @returns [row][token].
   * @throws CircuitbookError if a text is empty or longer than the context, or if a token id is not
   * in the vocabulary.
   */
  tokens(input: Input): number[][] {
    return tokenRows(input, this.tokenizer, this.architecture);
  }

  /**
   * Returns a weight of the checkpoint as f32.
   *
   * @param name the name of the tensor in the checkpoint.
   * @returns a tensor with the axes `0`, `1`, ….
   * @throws CircuitbookError if there is no such weight; the message names the nearest ones.
   */
  async weight(name: string): Promise<Tensor> {
    checkArguments("weight", { name: [name, is.text] });

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

  /**
   * Returns the unembedding: for each token, the vector that its logit reads from the normalised
   * residual stream.
   *
   * @returns [vocab, d_model].
   */
  async unembedding(): Promise<Tensor> {
    const { vocab, dModel, weights } = this.architecture;
    return (await this.weight(weights.unembed)).reshape({ vocab, d_model: dModel });
  }

  /**
   * Reads vectors of the residual stream through the unembedding.
   *
   * @param vectors [example, d_model].
   * @param options how many tokens are returned, and how they are scored. Default: the
   * log-probabilities of the 10 most probable tokens, after the final norm.
   * @returns the top tokens of each vector and their scores.
   * @throws CircuitbookError if the vectors or options do not fit the model, or if the results do
   * not fit into memory.
   */
  unembed(vectors: Tensor, options: UnembedOptions = {}): Promise<Unembedded> {
    checkArguments("unembed", { vectors: [vectors, is.tensor], options: [options, is.object] });

    return unembed(this.#engine, vectors, options);
  }

  /**
   * Returns how strongly each input of a linear map drives given vectors of its output: vectors
   * times matrix.
   *
   * @param weights names of matrices with outputs of one size, such as
   * `architecture.weights.layer(0).o.weight`.
   * @param vectors [example, output].
   * @returns [example, input] for each matrix.
   * @throws CircuitbookError if a matrix does not exist, or if the vectors do not have the size of
   * its output.
   *
   * @example
   * ```ts
   * import { loadModel, vectors } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("countdown-r1");
   * const { down } = model.architecture.weights.layer(0);
   * const [byNeuron] = await model.pullBack(
   *   [down!.weight],
   *   vectors.randomDirections({ n: 2, size: 192 }),
   * );
   * assertEquals(byNeuron.sizes, { example: 2, input: 512 });
   * ```
   */
  pullBack(weights: readonly string[], vectors: Tensor): Promise<Tensor[]> {
    checkArguments("pullBack", { weights: [weights, is.texts], vectors: [vectors, is.tensor] });

    return pullBack(this.#engine, weights, vectors);
  }

  /**
   * Runs the clean prompts with some edges between nodes kept; every other edge carries what its
   * sender wrote in the corrupted run. `attribution.faithfulness` makes the masks.
   *
   * @param pairs clean and corrupted prompts of equal length, row by row.
   * @param masks one number for each edge, in the order of {@link Model.edgeScores}: 1 keeps the
   * edge, 0 corrupts it.
   * @param metric a `logitDifference` or `logProbability` of the last position.
   * @param watch a signal to stop, and a listener for progress.
   * @returns the metric, [mask][pair].
   * @throws CircuitbookError if the prompts are not pairs of equal length, if a mask has another
   * number of edges, or if the metric is not of the last logits.
   */
  async runEdges(
    pairs: PromptPairs,
    masks: readonly Float32Array[],
    metric: MetricData,
    watch: Watch = {},
  ): Promise<number[][]> {
    checkArguments("runEdges", {
      pairs: [pairs, promptPairs],
      masks: [masks, is.list],
      watch: [watch, is.object],
    });

    return await runEdges(this.#engine, pairedRows(this, pairs), masks, metric, watch);
  }

  /**
   * Returns the score of each edge between nodes in each pair: the change of its sender from
   * corrupted to clean, times the gradient of the metric by what its receiver reads.
   * `attribution.edges` names the edges.
   *
   * @param pairs clean and corrupted prompts of equal length, row by row.
   * @param metric a `logitDifference` or `logProbability` of the last position.
   * @param options the number of points at which the gradient is taken.
   * @returns [pair, edge].
   * @throws CircuitbookError if the prompts are not pairs of equal length, or if the metric is not
   * of the last logits.
   */
  async edgeScores(
    pairs: PromptPairs,
    metric: MetricData,
    options: EdgeScoreOptions,
  ): Promise<Tensor> {
    checkArguments("edgeScores", {
      pairs: [pairs, promptPairs],
      options: [options, is.like("an object", "steps")],
    });

    return await edgeScores(this.#engine, pairedRows(this, pairs), metric, options);
  }

  /**
   * Returns the SHA-256 of the weights.
   *
   * @returns 64 hexadecimal digits.
   */
  hash(): Promise<string> {
    return this.checkpoint.hash();
  }

  /**
   * Releases everything that was compiled for this model. The model stays usable, and compiles anew
   * when it is run again.
   *
   * @returns a promise that is fulfilled when everything is released.
   */
  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  /** Returns the model in a line: its name, sizes, device and element type. */
  toString(): string {
    const { family, layers, heads, dModel } = this.architecture;
    return `Model ${this.name}: ${family}, ${counted(layers, "layer")}, ${
      counted(heads, "head")
    }, d_model ${dModel}, ${this.device}, ${this.dtype}`;
  }
}

printsAsText(Model);
