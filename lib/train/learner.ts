import { CircuitbookError } from "../base/errors.ts";
import { withLiveAdapter } from "../checkpoint/adapter/live_adapter.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { liveCheckpoint } from "../checkpoint/live_checkpoint.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { architectureOf, architectureOfCheckpoint } from "../model/families/architecture_of.ts";
import type { LossGradients } from "../model/loss_gradients.ts";
import { Model } from "../model/model.ts";
import { adapterMatrices, type AdapterSettings } from "./adapter.ts";

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
 * A model in training. The weights that are trained are in memory, and every run of the model uses
 * their present values.
 *
 * @example
 * ```ts
 * import { loadModel, training } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { checkpoint, tokenizer } = await loadModel("countdown-r1");
 * const weights = new Map<string, Float32Array<ArrayBuffer>>();
 * for (const name of checkpoint.tensors.keys()) weights.set(name, await checkpoint.read(name));
 * const learner = training.Learner.ofWeights(checkpoint.config, tokenizer, weights);
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
  /** The shapes of the trained weights, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly #current: Map<string, Float32Array<ArrayBuffer>>;

  private constructor(
    model: Model,
    shapes: ReadonlyMap<string, readonly number[]>,
    current: Map<string, Float32Array<ArrayBuffer>>,
  ) {
    this.model = model;
    this.shapes = shapes;
    this.#current = current;
  }

  /**
   * Returns a learner that trains all weights of a model.
   *
   * @param config the content of `config.json`.
   * @param tokenizer the tokenizer of the model.
   * @param weights f32 by tensor name, with the names and sizes that the configuration asks for.
   * @returns the learner. It keeps a map of its own.
   * @throws CircuitbookError if the configuration is not supported, or if a weight is missing or
   * has another size.
   */
  static ofWeights(
    config: unknown,
    tokenizer: Tokenizer,
    weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  ): Learner {
    const { shapes } = architectureOf(config, { tensorNames: new Set(weights.keys()) });
    const current = new Map(weights);
    const checkpoint = liveCheckpoint(config, current, shapes);
    const architecture = architectureOfCheckpoint(checkpoint);
    return new Learner(
      inTraining(checkpoint, architecture, tokenizer),
      architecture.shapes,
      current,
    );
  }

  /**
   * Returns a learner that trains a LoRA adapter. The weights of the base model stay as they are,
   * and the learner shares their files.
   *
   * @param base the base model.
   * @param settings the rank, alpha, and the modules that get a product.
   * @param options `seed` of the matrices A; the matrices B are 0 at first.
   * @returns the learner, whose model gives the logits of the base at first.
   * @throws CircuitbookError if the base has no matrix of a module that is named.
   *
   * @example
   * ```ts
   * import { loadModel, training } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const base = await loadModel("countdown-r1");
   * const settings = { rank: 2, alpha: 4, targets: ["q_proj", "v_proj"] };
   * const learner = training.Learner.ofAdapter(base, settings, { seed: 1 });
   * assertEquals(learner.weights.size, 8 * 2 * 2);
   * ```
   */
  static ofAdapter(
    { checkpoint, architecture, tokenizer }: Pick<
      Model,
      "checkpoint" | "architecture" | "tokenizer"
    >,
    settings: AdapterSettings,
    { seed }: { seed: number },
  ): Learner {
    const { weights, shapes, products } = adapterMatrices(architecture, settings, seed);
    const adapter = { base: checkpoint, weights, shapes, products };
    const transposed = architecture.linearLayout === "in-out";
    const adapted = withLiveAdapter(adapter, transposed);
    return new Learner(inTraining(adapted, architecture, tokenizer), shapes, weights);
  }

  /** The sizes of the model, and the names and shapes of all its weights. */
  get architecture(): Architecture {
    return this.model.architecture;
  }

  /** The present values of the trained weights, f32 by tensor name. */
  get weights(): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
    return this.#current;
  }

  /**
   * Replaces the named weights.
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
   * Returns the loss of a batch and its gradient with respect to every trained weight.
   *
   * @param batch rows of tokens, and the weight of each prediction.
   * @returns the loss −Σ weight × log p, and the gradients by tensor name.
   * @throws CircuitbookError if no prediction of the batch has a weight.
   */
  lossGradients(batch: LossBatch): Promise<LossGradients> {
    return this.model.lossGradients(batch.rows, batch.weights);
  }
}

/** Returns a model for the CPU over weights that change. */
function inTraining(
  checkpoint: Checkpoint,
  architecture: Architecture,
  tokenizer: Tokenizer,
): Model {
  const reason = "Training runs on the CPU.";
  return new Model("learner", checkpoint, architecture, tokenizer, "cpu", reason);
}
