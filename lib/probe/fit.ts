import { lbfgs } from "./lbfgs.ts";
import { type Examples, softmaxLoss } from "./softmax.ts";

/** Settings of a fit. */
export interface FitOptions {
  /** Weight of the penalty `l2 / 2 · ‖weights‖²` on the weights of standardised features. */
  l2: number;
  /** Most passes over the training examples. */
  epochs: number;
  /** Passes without a better validation loss after which to stop. */
  patience: number;
}

const LEAST_GAIN = 1e-5;

/**
 * The parameters of the pass with the lowest validation loss (class by class, weights then bias), for standardised
 * features; without validation examples, those at the minimum of the training loss. It starts from the class
 * frequencies, with a first step so short that where features say little, little is read into them.
 *
 * The objective is scikit-learn's `LogisticRegression` with `C = 1 / (n · l2)`.
 */
export function fit(
  training: Examples,
  validation: Examples | undefined,
  classCount: number,
  { l2, epochs, patience }: FitOptions,
): Float64Array {
  const parameters = frequencies(training, classCount);
  let best = parameters.slice(), lowest = Infinity, since = 0, epoch = 0;
  for (const _ of lbfgs((x, gradient) => softmaxLoss(training, classCount, l2, x, gradient), parameters)) {
    if (validation) {
      const loss = softmaxLoss(validation, classCount, 0, parameters);
      if (loss < lowest - LEAST_GAIN) [lowest, best, since] = [loss, parameters.slice(), 0];
      else if (++since >= patience) break;
    }
    if (++epoch >= epochs) break;
  }
  return validation ? best : parameters;
}

function frequencies({ labels, width }: Examples, classCount: number): Float64Array {
  const parameters = new Float64Array(classCount * (width + 1));
  for (let c = 0; c < classCount; c++) {
    parameters[c * (width + 1) + width] = Math.log(labels.filter((label) => label === c).length / labels.length);
  }
  return parameters;
}
