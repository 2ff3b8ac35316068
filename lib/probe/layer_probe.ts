import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { checkActivations, mostProbable, scoresOf, softmaxOf } from "./scores.ts";

/**
 * A linear probe of one layer: the score of a class is the dot product of its weights with the
 * activation, plus its bias. Made by {@link probe}, or from weights found elsewhere.
 *
 * @example
 * ```ts
 * import { probing, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = new Tensor(new Float32Array([-1, 0, 1, 0]), { class: 2, d_model: 2 });
 * const probe = new probing.LayerProbe(3, ["not", "this"], weights, new Float32Array(2));
 * const activations = new Tensor(new Float32Array([5, 9, -5, 9]), { example: 2, d_model: 2 });
 * assertEquals(probe.predict(activations), ["this", "not"]);
 * ```
 */
export class LayerProbe {
  /**
   * Creates a probe with the given weights.
   *
   * @param layer the layer whose activations the probe reads.
   * @param classes the names of the classes, in the order of the weights.
   * @param weights [class, d_model], for raw activations, in the basis of the residual stream.
   * @param bias [class].
   */
  constructor(
    /** The layer whose activations the probe reads, from 0. */
    readonly layer: number,
    /** The names of the classes, in the order of the weights. */
    readonly classes: readonly string[],
    /** [class, d_model], for raw activations, in the basis of the residual stream. */
    readonly weights: Tensor,
    /** [class]. */
    readonly bias: Float32Array,
  ) {}

  /**
   * Returns the weights of a class, [d_model].
   *
   * @param className the class, such as `this`.
   * @returns the row of the weights, not normalised.
   * @throws CircuitbookError if the probe has no such class.
   */
  direction(className: string): Float32Array {
    return this.weights.slice({ class: classIndex(this.classes, className) }).data;
  }

  /**
   * Returns the probability of each class for each example.
   *
   * @param activations [example, d_model].
   * @returns [example, class]; each row sums to 1.
   * @throws CircuitbookError if the activations have other axes or sizes, or are not finite.
   */
  probabilities(activations: Tensor): Tensor {
    checkActivations(this, activations, this.weights);
    return softmaxOf(scoresOf(activations, this.weights, this.bias));
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

/**
 * Returns the index of a class. Throws a CircuitbookError that lists the classes if the name is not
 * among them.
 */
export function classIndex(classes: readonly string[], name: string): number {
  const index = classes.indexOf(name);
  if (index < 0) {
    const known = classes.map((className) => `"${className}"`).join(", ");
    const nearest = nearestNames(`${name}`, classes, 1);
    throw new CircuitbookError(
      `Expected one of the classes ${known} but found "${name}"; nearest: "${nearest}".`,
    );
  }
  return index;
}
