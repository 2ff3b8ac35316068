import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import { checkFinite } from "./layers.ts";
import { logSumExp } from "../base/log_sum_exp.ts";

/**
 * A linear probe of one layer: scores are weights times activation plus bias, one for each class.
 *
 * @example
 * ```ts
 * import { probing, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = new Tensor(new Float32Array([-1, 0, 1, 0]), { class: 2, d_model: 2 });
 * const probe = new probing.LayerProbe(3, ["not", "this"], weights, new Float32Array(2));
 * assertEquals(probe.predict(new Tensor(new Float32Array([5, 9, -5, 9]), { example: 2, d_model: 2 })), ["this", "not"]);
 * ```
 */
export class LayerProbe {
  /**
   * @param layer the layer whose activations it reads.
   * @param classes the names of the classes, in the order of the weights.
   * @param weights `[class, d_model]`, for raw activations: in the basis of the residual stream.
   * @param bias one number for each class.
   */
  constructor(
    readonly layer: number,
    readonly classes: readonly string[],
    readonly weights: Tensor,
    readonly bias: Float32Array,
  ) {}

  /** The weights of one class, [d_model]: the source's W[c]. @throws CircuitbookError when there is no such class. */
  direction(className: string): Float32Array {
    return this.weights.slice({ class: classIndex(this.classes, className) }).data;
  }

  /** The probability of each class, [example, class]. @throws CircuitbookError unless the activations are [example, d_model]. */
  probabilities(activations: Tensor): Tensor {
    const [example, feature] = activations.axes;
    const width = this.weights.shape[1];
    if (activations.axes.length !== 2 || activations.size(feature) !== width) {
      throw new CircuitbookError(
        `Expected activations [example, ${
          this.weights.axes[1]
        } ${width}] for the probe of layer ${this.layer} but ` +
          `found ${activations.describe()}.`,
      );
    }
    checkFinite({ layer: this.layer, values: activations.data, width });
    const n = activations.size(example);
    const count = this.classes.length;
    const out = new Float32Array(n * count);
    const scores = new Float64Array(count);
    for (let row = 0; row < n; row++) {
      for (let c = 0; c < count; c++) {
        let sum = this.bias[c];
        for (let i = 0; i < width; i++) {
          sum += this.weights.data[c * width + i] * activations.data[row * width + i];
        }
        scores[c] = sum;
      }
      const total = logSumExp(scores);
      for (let c = 0; c < count; c++) out[row * count + c] = Math.exp(scores[c] - total);
    }
    return new Tensor(out, { example: n, class: count });
  }

  /** The most probable class of each example. @throws CircuitbookError as {@link probabilities} does. */
  predict(activations: Tensor): string[] {
    const { data, shape: [n, count] } = this.probabilities(activations);
    return Array.from({ length: n }, (_, row) => {
      const scores = data.subarray(row * count, (row + 1) * count);
      return this.classes[scores.indexOf(Math.max(...scores))];
    });
  }
}

/** The place of a class. @throws CircuitbookError listing the classes when it is none of them. */
export function classIndex(classes: readonly string[], name: string): number {
  const index = classes.indexOf(name);
  if (index < 0) {
    throw new CircuitbookError(
      `Expected one of the classes ${
        classes.map((known) => `"${known}"`).join(", ")
      } but found "${name}"; nearest: ` +
        `"${nearestNames(`${name}`, classes, 1)}".`,
    );
  }
  return index;
}
