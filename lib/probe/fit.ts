import type { Meter } from "../base/progress.ts";
import { lbfgs } from "./lbfgs.ts";
import type { Evaluation, Examples, SoftmaxLosses } from "./softmax.ts";

/** When a fit ends. */
export interface FitOptions {
  /** Most passes over the training examples. */
  readonly epochs: number;
  /** Passes without a better validation loss after which to stop. */
  readonly patience: number;
}

const LEAST_GAIN = 1e-5;

/**
 * The parameters of each layer (class by class, weights then bias) at the pass with the lowest validation loss, for
 * standardised features; without validation examples, those at the minimum of the training loss. It starts from the class
 * frequencies, with a first step so short that where features say little, little is read into them.
 *
 * All layers take their steps side by side, each until its own end; their examples change places meanwhile.
 *
 * The objective is scikit-learn's `LogisticRegression` with `C = 1 / (n · l2)`.
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

/** Moves the examples of the layers that go on to the front. */
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

/** The steps of one layer: asks for evaluations at points, and returns the parameters it ends with. */
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

function frequencies({ labels }: Examples, classCount: number, featureCount: number): Float64Array {
  const parameters = new Float64Array(classCount * featureCount);
  for (let c = 0; c < classCount; c++) {
    const count = labels.filter((label) => label === c).length;
    parameters[(c + 1) * featureCount - 1] = Math.log(count / labels.length);
  }
  return parameters;
}
