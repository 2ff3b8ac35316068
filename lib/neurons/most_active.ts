import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
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
} from "../base/options.ts";
import { resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { type ActivationOptions, walkActivations } from "./activations.ts";
import { valueNorms } from "./nearest_neurons.ts";
import { type Neurons, neuronsOf } from "./neuron_list.ts";

/** The options of {@link mostActive}. */
export interface MostActiveOptions extends ActivationOptions {
  /** How many neurons of each layer are returned. Default 10. */
  readonly k?: number;
  /** The layers whose neurons are ranked. Default: all. */
  readonly layers?: Selection;
  /**
   * Neurons that are never returned, such as the ones that this is a control for. Default: none.
   */
  readonly except?: Neurons;
}

/** A neuron that is among the most active ones of its layer. */
export interface ActiveNeuron {
  /** The layer of the neuron, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** The rank in the layer, from 1. */
  rank: number;
  /** The mean length of what the neuron adds to the residual stream: `activation` × `norm`. */
  written: number;
  /** The mean absolute activation over the positions. */
  activation: number;
  /** The length (L2 norm) of the value vector. */
  norm: number;
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
 * Returns the neurons of each layer that write the longest vectors to the residual stream, by their
 * mean over some positions.
 *
 * @param model the model that is run.
 * @param input the prompts.
 * @param options how many neurons, of which layers, at which positions.
 * @returns a table with `k` rows for each layer, best first.
 * @throws CircuitbookError if a layer or a position does not exist, or the model has no MLPs.
 * Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const options = { k: 2, layers: { from: 6 }, positions: [-1] };
 * const table = await neurons.mostActive(model, "11 + 5 =", options);
 * assertEquals(table.getColumn("layer").toArray(), [6, 6, 7, 7]);
 * ```
 */
export async function mostActive(
  model: Model,
  input: Input,
  options: MostActiveOptions = {},
): Promise<TableOf<ActiveNeuron>> {
  checkArguments("mostActive", {
    model: [model, aModel],
    input: [input, is.either(is.text, is.numbers, is.list)],
  });

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
  const taken = new Set(resolvedNeurons(neuronsOf(except), model).map(String));
  return tableOf(numbers.flatMap((layer) => {
    const found = Array.from(sums.get(layer)!, (sum, neuron) => {
      const norm = norms.get(layer)![neuron];
      const activation = sum / count;
      return { neuron, written: activation * norm, activation, norm };
    });
    const best = found
      .filter(({ neuron }) => !taken.has(`${layer},${neuron}`))
      .sort((a, b) => b.written - a.written)
      .slice(0, k);
    return best.map(({ neuron, ...rest }, i) => ({ layer, neuron, rank: i + 1, ...rest }));
  }));
}
