import { CircuitbookError } from "../base/errors.ts";
import { liveCheckpoint } from "../checkpoint/live_checkpoint.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { architectureOf, architectureOfCheckpoint } from "../model/families/architecture_of.ts";
import type { LossGradients } from "../model/loss_gradients.ts";
import { Model } from "../model/model.ts";

/** Rows of tokens, with the weight of each prediction in the loss. */
export interface LossBatch {
  /** Token ids of each row. */
  readonly rows: number[][];
  /**
   * `weights[r][t]`: the weight of predicting token t + 1 of row r from the tokens before it; 0
   * leaves the prediction out.
   */
  readonly weights: number[][];
}

/**
 * A model in training. Its weights are in memory, and every run of the model uses the present
 * weights.
 *
 * @example
 * ```ts
 * import { loadModel, training } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { checkpoint, tokenizer } = await loadModel("countdown-r1");
 * const weights = new Map<string, Float32Array<ArrayBuffer>>();
 * for (const name of checkpoint.tensors.keys()) weights.set(name, await checkpoint.read(name));
 * const learner = new training.Learner(checkpoint.config, tokenizer, weights);
 * const [row] = learner.model.tokens("11 + 5 = 16");
 * const batch = { rows: [row], weights: [row.slice(1).map(() => 1)] };
 * const { loss, gradients } = await learner.lossGradients(batch);
 * assert(loss > 0 && gradients.size === weights.size);
 * ```
 */
export class Learner {
  /**
   * The model with the present weights: it runs, generates and is differentiated like any other.
   */
  readonly model: Model;
  /** The sizes of the model, and the names and shapes of its weights. */
  readonly architecture: Architecture;
  readonly #current: Map<string, Float32Array<ArrayBuffer>>;

  /**
   * Creates a learner from a configuration and weights.
   *
   * @param config the content of `config.json`.
   * @param tokenizer the tokenizer of the model.
   * @param weights f32 by tensor name, with the names and sizes of `architecture.shapes`.
   * @throws CircuitbookError if the configuration is not supported, or if a weight is missing or
   * has another size.
   */
  constructor(
    config: unknown,
    tokenizer: Tokenizer,
    weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  ) {
    const { shapes } = architectureOf(config, { tensorNames: new Set(weights.keys()) });
    this.#current = new Map(weights);
    const checkpoint = liveCheckpoint(config, this.#current, shapes);
    this.architecture = architectureOfCheckpoint(checkpoint);
    this.model = new Model(
      "learner",
      checkpoint,
      this.architecture,
      tokenizer,
      "cpu",
      "Training runs on the CPU.",
    );
  }

  /** The present weights, f32 by tensor name. */
  get weights(): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
    return this.#current;
  }

  /**
   * Replaces weights; those that are not named stay.
   *
   * @param weights the new numbers, f32 by tensor name.
   * @throws CircuitbookError if a weight is unknown or has another size.
   */
  set(weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>): void {
    for (const [name, data] of weights) {
      const length = this.#current.get(name)?.length;
      if (length !== data.length) {
        const expected = length === undefined
          ? "weights of the model"
          : `${length} numbers for "${name}"`;
        throw new CircuitbookError(`Expected ${expected} but found "${name}" with ${data.length}.`);
      }
      this.#current.set(name, data);
    }
  }

  /**
   * Returns the loss of a batch and its gradient with respect to every weight.
   *
   * @param batch rows of tokens, and the weight of each prediction.
   * @returns the loss −Σ weight × log p, and the gradients by tensor name.
   * @throws CircuitbookError if no prediction of the batch has a weight.
   */
  lossGradients(batch: LossBatch): Promise<LossGradients> {
    return this.model.lossGradients(batch.rows, batch.weights);
  }
}
