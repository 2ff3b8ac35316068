import { Tensor } from "../base/tensor.ts";
import { checkActivations, mostProbable, scoresOf, softmaxOf } from "./scores.ts";

/** The weights of an MLP with one hidden layer of ReLUs. */
export interface MlpWeights {
  /** What each hidden neuron reads of raw activations, [hidden, d_model]. */
  readonly input: Tensor;
  /** The bias of each hidden neuron, [hidden]. */
  readonly inputBias: Float32Array;
  /** The weights of the hidden neurons in the score of each class, [class, hidden]. */
  readonly output: Tensor;
  /** The bias of each class, [class]. */
  readonly outputBias: Float32Array;
}

/**
 * A non-linear probe of one layer: the scores of the classes are those of an MLP with one hidden
 * layer of ReLUs. An MLP has no direction. Made by {@link mlpProbe}, or from weights found
 * elsewhere.
 *
 * @example
 * ```ts
 * import { probing, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * // |x| as the sum of two neurons: large numbers of either sign are "far".
 * const probe = new probing.MlpLayerProbe(3, ["near", "far"], {
 *   input: new Tensor(new Float32Array([1, -1]), { hidden: 2, d_model: 1 }),
 *   inputBias: new Float32Array(2),
 *   output: new Tensor(new Float32Array([-1, -1, 1, 1]), { class: 2, hidden: 2 }),
 *   outputBias: new Float32Array([2, 0]),
 * });
 * const activations = new Tensor(new Float32Array([-5, 0.1, 5]), { example: 3, d_model: 1 });
 * assertEquals(probe.predict(activations), ["far", "near", "far"]);
 * ```
 */
export class MlpLayerProbe {
  /**
   * Creates a probe with the given weights.
   *
   * @param layer the layer whose activations the probe reads.
   * @param classes the names of the classes, in the order of the weights.
   * @param weights the weights and biases of the MLP.
   */
  constructor(
    /** The layer whose activations the probe reads, from 0. */
    readonly layer: number,
    /** The names of the classes, in the order of the weights. */
    readonly classes: readonly string[],
    /** The weights and biases of the MLP. */
    readonly weights: MlpWeights,
  ) {}

  /**
   * Returns the probability of each class for each example.
   *
   * @param activations [example, d_model].
   * @returns [example, class]; each row sums to 1.
   * @throws CircuitbookError if the activations have other axes or sizes, or are not finite.
   */
  probabilities(activations: Tensor): Tensor {
    const { input, inputBias, output, outputBias } = this.weights;
    checkActivations(this, activations, input);
    const hidden = scoresOf(activations, input, inputBias);
    const active = new Tensor(hidden.data.map((sum) => Math.max(0, sum)), hidden.sizes);
    return softmaxOf(scoresOf(active, output, outputBias));
  }

  /**
   * Returns the most probable class of each example.
   *
   * @param activations [example, d_model].
   * @returns the name of a class for each example.
   * @throws CircuitbookError if the activations have other axes or sizes, or are not finite.
   */
  predict(activations: Tensor): string[] {
    return mostProbable(this.classes, this.probabilities(activations));
  }
}
