import { CircuitbookError } from "../base/errors.ts";
import { logSumExp } from "../base/log_sum_exp.ts";
import { Tensor } from "../base/tensor.ts";
import { checkFinite } from "./activations.ts";

/**
 * Returns weights times inputs plus biases, [example, class].
 *
 * @param inputs [example, feature].
 * @param weights [class, feature].
 * @param bias [class].
 */
export function scoresOf(inputs: Tensor, weights: Tensor, bias: Float32Array): Tensor {
  const [n, width] = inputs.shape;
  const count = bias.length;
  const out = new Float32Array(n * count);
  for (let row = 0; row < n; row++) {
    for (let c = 0; c < count; c++) {
      let sum = bias[c];
      for (let i = 0; i < width; i++) {
        sum += weights.data[c * width + i] * inputs.data[row * width + i];
      }
      out[row * count + c] = sum;
    }
  }
  return new Tensor(out, { example: n, class: count });
}

/** Returns the probabilities of scores [example, class]; each row sums to 1. */
export function softmaxOf({ data, shape: [n, count] }: Tensor): Tensor {
  const out = new Float32Array(data.length);
  for (let row = 0; row < n; row++) {
    const own = data.subarray(row * count, (row + 1) * count);
    const total = logSumExp(own);
    own.forEach((score, c) => out[row * count + c] = Math.exp(score - total));
  }
  return new Tensor(out, { example: n, class: count });
}

/** Returns the name of the most probable class of each example. */
export function mostProbable(
  classes: readonly string[],
  { data, shape: [n, count] }: Tensor,
): string[] {
  return Array.from({ length: n }, (_, row) => {
    const own = data.subarray(row * count, (row + 1) * count);
    return classes[own.indexOf(Math.max(...own))];
  });
}

/**
 * Throws a CircuitbookError unless activations are finite, and are [example, feature] with as many
 * features as the weights [class, feature] of the probe of a layer.
 */
export function checkActivations(
  { layer }: { readonly layer: number },
  activations: Tensor,
  weights: Tensor,
): void {
  const width = weights.shape[1];
  if (activations.axes.length !== 2 || activations.shape[1] !== width) {
    const expected = `[example, ${weights.axes[1]} ${width}]`;
    throw new CircuitbookError(
      `Expected activations ${expected} for the probe of layer ${layer} but found ${activations.describe()}.`,
    );
  }
  checkFinite({ layer, values: activations.data, width });
}
