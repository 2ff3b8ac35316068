import type { Meter } from "../base/progress.ts";
import { normal, seededRandom } from "../base/random.ts";
import { lbfgs } from "./lbfgs.ts";
import type { Evaluation, Examples, Sizes, SoftmaxLosses } from "./softmax.ts";

/** When the training of a probe ends. */
export interface FitOptions {
  /** The largest number of steps. */
  readonly epochs: number;
  /** Steps without a lower validation loss after which the training ends. */
  readonly patience: number;
  /** The seed of the weights from which the training of an MLP starts. Default 0. */
  readonly seed?: number;
}

/** The decrease of the validation loss, in nats, that counts as lower. */
const LEAST_GAIN = 1e-5;

/**
 * Returns the parameters of each layer, as the losses have them, for standardised features. With
 * validation examples, these are the parameters of the step with
 * the lowest validation loss; without, those at the minimum of the training loss. The objective of
 * linear scores is that of scikit-learn's `LogisticRegression` with `C = 1 / (n · l2)`.
 *
 * The training starts from the class frequencies, with a short first step: features without
 * information then get weights near zero before the validation loss ends the training. An MLP
 * starts from small random weights, the same in each layer.
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
  const { featureCount } = losses.sizes;
  const layerCount = training.features.length / training.labels.length / featureCount;
  const found: Float64Array[] = [];
  let descents = Array.from({ length: layerCount }, (_, layer) => {
    const start = startOf(losses.sizes, training, options.seed);
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

/** Returns the parameters from which the training of a layer starts. */
function startOf(sizes: Sizes, { labels }: Examples, seed = 0): Float64Array {
  const { classCount, featureCount, hiddenCount } = sizes;
  const frequencies = Array.from({ length: classCount }, (_, c) => {
    const count = labels.filter((label) => label === c).length;
    return Math.log(count / labels.length);
  });
  if (!hiddenCount) {
    const zeros = new Array<number>(featureCount - 1).fill(0);
    return Float64Array.from(frequencies.flatMap((bias) => [...zeros, bias]));
  }
  const random = seededRandom(seed);
  const weights = (count: number, inputs: number) =>
    Array.from({ length: count }, () => normal(random) / Math.sqrt(inputs));
  return Float64Array.from([
    ...weights(hiddenCount * featureCount, featureCount),
    ...weights(classCount * hiddenCount, hiddenCount),
    ...frequencies,
  ]);
}
