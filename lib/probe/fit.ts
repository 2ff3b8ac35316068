import type { Meter } from "../base/progress.ts";
import { lbfgs } from "./lbfgs.ts";
import type { Evaluation, Examples, SoftmaxLosses } from "./softmax.ts";

/** When the training of a probe ends. */
export interface FitOptions {
  /** The largest number of steps. */
  readonly epochs: number;
  /** Steps without a lower validation loss after which the training ends. */
  readonly patience: number;
}

/** The decrease of the validation loss, in nats, that counts as lower. */
const LEAST_GAIN = 1e-5;

/**
 * Returns the parameters of each layer, [class, feature] flat with the bias as the last feature,
 * for standardised features. With validation examples, these are the parameters of the step with
 * the lowest validation loss; without, those at the minimum of the training loss. The objective is
 * that of scikit-learn's `LogisticRegression` with `C = 1 / (n · l2)`.
 *
 * The training starts from the class frequencies, with a short first step: features without
 * information then get weights near zero before the validation loss ends the training.
 *
 * All layers are trained side by side, each until its own end. The examples are reordered in place
 * meanwhile.
 *
 * @param losses the compiled losses.
 * @param training the examples that are fitted.
 * @param validation the held-out examples; may be empty.
 * @param options when the training ends.
 * @param meter is advanced by each layer that ends.
 */
export async function fit(
  losses: SoftmaxLosses,
  training: Examples,
  validation: Examples,
  options: FitOptions,
  meter: Meter,
): Promise<Float64Array[]> {
  const { classCount, featureCount } = losses.sizes;
  const layerCount = training.features.length / training.labels.length / featureCount;
  const found: Float64Array[] = [];
  let descents = Array.from({ length: layerCount }, (_, layer) => {
    const start = frequencies(training, classCount, featureCount);
    const steps = descent(start, validation.labels.length > 0, options);
    return { layer, steps, asked: steps.next().value };
  });
  while (descents.length) {
    const evaluations = await losses.at(descents.map(({ asked }) => asked), training, validation);
    const ended = new Set<number>();
    descents.forEach((descent, place) => {
      const { done, value } = descent.steps.next(evaluations[place]);
      descent.asked = value;
      if (done) ended.add(place);
      if (done) found[descent.layer] = value;
    });
    await meter.advance(ended.size);
    if (!ended.size) continue;
    keepLayers(training, featureCount, ended, descents.length);
    keepLayers(validation, featureCount, ended, descents.length);
    descents = descents.filter((_, place) => !ended.has(place));
  }
  return found;
}

/** Moves the examples of the layers that have not ended to the front, in place. */
function keepLayers(
  { features, labels }: Examples,
  featureCount: number,
  ended: ReadonlySet<number>,
  count: number,
) {
  const size = labels.length * featureCount;
  let to = 0;
  for (let place = 0; place < count; place++) {
    if (!ended.has(place)) features.copyWithin(to++ * size, place * size, (place + 1) * size);
  }
}

/**
 * Trains one layer: yields the parameters at which evaluations are needed, and returns the final
 * parameters.
 */
function* descent(
  parameters: Float64Array,
  validated: boolean,
  { epochs, patience }: FitOptions,
): Generator<Float64Array, Float64Array, Evaluation> {
  let best = parameters.slice();
  let lowest = Infinity;
  let since = 0;
  let epoch = 0;
  yield* lbfgs(parameters, ({ heldOut }: Evaluation) => {
    if (heldOut < lowest - LEAST_GAIN) [lowest, best, since] = [heldOut, parameters.slice(), 0];
    else if (validated && ++since >= patience) return false;
    return ++epoch < epochs;
  });
  return validated ? best : parameters;
}

/** Returns zero weights, and biases that give each class its frequency among the examples. */
function frequencies({ labels }: Examples, classCount: number, featureCount: number): Float64Array {
  const parameters = new Float64Array(classCount * featureCount);
  for (let c = 0; c < classCount; c++) {
    const count = labels.filter((label) => label === c).length;
    parameters[(c + 1) * featureCount - 1] = Math.log(count / labels.length);
  }
  return parameters;
}
