import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Model } from "../model/model.ts";
import {
  anything,
  atLeastOne,
  checkOptions,
  positions,
  selection,
  watch,
  wholeNumber,
} from "../base/options.ts";
import { resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { type ActivationOptions, walkActivations } from "./activations.ts";
import { valueNorms } from "./nearest.ts";
import { checkedPairs, type Neurons, pairsOf } from "./pairs.ts";

/** How random neurons are drawn. */
export interface RandomNeuronOptions {
  /** Neurons never drawn, such as those that were chosen. */
  readonly except?: Neurons;
  readonly seed?: number;
}

/**
 * Random neurons, as many in each layer as `like` has there: a control of equal size.
 *
 * @throws CircuitbookError when a neuron does not exist, or a layer has too few others.
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
  checkOptions(
    options,
    z.strictObject({ except: anything, seed: wholeNumber.optional() }),
    "randomNeurons",
  );
  const { except = like, seed = 0 } = options;
  const random = seededRandom(seed);
  const taken = new Set(resolvedNeurons(pairsOf(except), model).map(String));
  const { dMlp } = model.architecture;
  return [...Map.groupBy(checkedPairs(model, like), ([layer]) => layer)].flatMap(
    ([layer, { length }]) => {
      const others = Array.from({ length: dMlp }, (_, neuron): [number, number] => [layer, neuron])
        .filter((pair) => !taken.has(String(pair)));
      if (others.length < length) {
        throw new CircuitbookError(
          `Expected at least ${length} other neurons in layer ${layer} but found ${others.length}; choose fewer.`,
        );
      }
      return shuffle(random, others).slice(0, length);
    },
  );
}

/** Which of the most active neurons are returned. */
export interface MostActiveOptions extends ActivationOptions {
  /** How many of each layer. Default 10. */
  readonly k?: number;
  /** The layers whose neurons are looked at; all by default. */
  readonly layers?: Selection;
  /** Neurons never returned, such as those that were chosen. */
  readonly except?: Neurons;
}

const activeSchema = z.strictObject({
  ...watch,
  k: atLeastOne.optional(),
  layers: selection.optional(),
  positions: positions.optional(),
  except: anything,
  edit: anything,
});

/**
 * The neurons of each layer that write most, as a table: `layer`, `neuron`, `rank`, `written` (the mean of |activation| ×
 * norm of the value vector, over the positions), `activation` (the mean of |activation|), `norm`.
 *
 * @throws CircuitbookError when a layer or a position does not exist, or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const table = await neurons.mostActive(model, "11 + 5 =", { k: 2, layers: { from: 4 }, positions: [-1] });
 * assertEquals(table.getColumn("layer").toArray(), [4, 4, 5, 5, 6, 6, 7, 7]);
 * ```
 */
export async function mostActive(
  model: Model,
  input: Input,
  options: MostActiveOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, activeSchema, "mostActive");
  const { k = 10, layers = {}, except = [] } = options;
  const { dMlp } = model.architecture;
  const numbers = resolveSelection(layers, model.architecture.layers, "layer");
  const norms = new Map<number, Float64Array>();
  for (const layer of numbers) norms.set(layer, await valueNorms(model, layer));
  const sums = new Map(numbers.map((layer) => [layer, new Float64Array(dMlp)]));
  let count = 0;
  await walkActivations(model, input, numbers, options, (byLayer, examples) => {
    count += examples;
    for (const [layer, data] of byLayer) {
      const sum = sums.get(layer)!;
      for (let i = 0; i < data.length; i++) sum[i % dMlp] += Math.abs(data[i]);
    }
  });
  const taken = new Set(resolvedNeurons(pairsOf(except), model).map(String));
  return pl.DataFrame(numbers.flatMap((layer) => {
    const rows = Array.from(sums.get(layer)!, (sum, neuron) => {
      const norm = norms.get(layer)![neuron];
      const activation = sum / count;
      return { layer, neuron, written: activation * norm, activation, norm };
    });
    return rows.filter(({ neuron }) => !taken.has(`${layer},${neuron}`)).sort((a, b) =>
      b.written - a.written
    )
      .slice(0, k).map(({ layer, neuron, ...rest }, i) => ({
        layer,
        neuron,
        rank: i + 1,
        ...rest,
      }));
  }));
}
