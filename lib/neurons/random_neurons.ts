import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { anything, checkOptions, wholeNumber } from "../base/options.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import type { Model } from "../model/model.ts";
import { resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { checkedNeurons, type Neurons, neuronsOf } from "./neuron_list.ts";

/** The options of {@link randomNeurons}. */
export interface RandomNeuronOptions {
  /** Neurons that are never drawn. Default: the neurons of `like`. */
  readonly except?: Neurons;
  /** The seed of the draw. Default 0. */
  readonly seed?: number;
}

const randomSchema = z.strictObject({ except: anything, seed: wholeNumber.optional() });

/**
 * Returns random neurons, equally many in each layer as `like` has there: a control of the same
 * size.
 *
 * @param model the model of the neurons.
 * @param like the neurons whose numbers by layer are matched, as [layer, neuron] or a table with
 * these columns.
 * @param options which neurons are never drawn, and the seed.
 * @returns neurons as [layer, neuron].
 * @throws CircuitbookError if a neuron does not exist, or a layer has too few other neurons.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const drawn = neurons.randomNeurons(model, [[6, 425], [6, 68], [7, 127]], { seed: 1 });
 * assertEquals(drawn.map(([layer]) => layer), [6, 6, 7]);
 * ```
 */
export function randomNeurons(
  model: Model,
  like: Neurons,
  options: RandomNeuronOptions = {},
): [layer: number, neuron: number][] {
  checkArguments("randomNeurons", {
    model: [model, aModel],
    like: [like, is.either(is.lists, is.table)],
  });

  checkOptions(options, randomSchema, "randomNeurons");
  const { except = like, seed = 0 } = options;
  const random = seededRandom(seed);
  const taken = new Set(resolvedNeurons(neuronsOf(except), model).map(String));
  const { dMlp } = model.architecture;
  return [...Map.groupBy(checkedNeurons(model, like), ([layer]) => layer)].flatMap(
    ([layer, { length }]) => {
      const others = Array.from({ length: dMlp }, (_, neuron): [number, number] => [layer, neuron])
        .filter((other) => !taken.has(String(other)));
      if (others.length < length) {
        throw new CircuitbookError(
          `Expected at least ${length} other neurons in layer ${layer} but found ${others.length}; choose fewer.`,
        );
      }
      return shuffle(random, others).slice(0, length);
    },
  );
}
