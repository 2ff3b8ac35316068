import { CircuitbookError } from "../base/errors.ts";
import { liveCheckpoint } from "../checkpoint/live_checkpoint.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { architectureOf, architectureOfCheckpoint } from "../model/families/architecture_of.ts";
import type { LossGradients } from "../model/loss_gradients.ts";
import { Model } from "../model/model.ts";

/** Rows of tokens, and what each prediction counts. */
export interface LossBatch {
  /** Token ids of each row. */
  readonly rows: number[][];
  /** `weights[r][t]`: what predicting token t + 1 of row r from the tokens before counts; 0 = not. */
  readonly weights: number[][];
}

/**
 * A model that learns: its weights are in memory, and what it computes, it computes with the present ones.
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
 * const { loss, gradients } = await learner.lossGradients({ rows: [row], weights: [row.slice(1).map(() => 1)] });
 * assert(loss > 0 && gradients.size === weights.size);
 * ```
 */
export class Learner {
  /** Generates, runs and is differentiated, always with the present weights. */
  readonly model: Model;
  readonly architecture: Architecture;
  readonly #current: Map<string, Float32Array<ArrayBuffer>>;

  /**
   * @param config what `config.json` holds.
   * @param weights f32 by tensor name, as `architecture.shapes` names them.
   * @throws CircuitbookError when the configuration is not supported, or a weight is missing or has another size.
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

  /** Changes weights. @throws CircuitbookError when one is unknown or has another size. */
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

  /** The loss of a batch and its gradient by every weight. @throws CircuitbookError when nothing in the batch counts. */
  lossGradients({ rows, weights }: LossBatch): Promise<LossGradients> {
    return this.model.lossGradients(rows, weights);
  }
}
