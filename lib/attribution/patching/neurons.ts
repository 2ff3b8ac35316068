import pl from "nodejs-polars";
import { z } from "zod";
import { resolveSelection, type Selection } from "../../base/tensor.ts";
import type { Model } from "../../model/model.ts";
import { atLeastOne, checkOptions, selection } from "../../base/options.ts";
import { neuronList, resolvedNeurons } from "../../model/plan/heads_and_neurons.ts";
import type { PromptPairs } from "../../model/prompt_pairs.ts";
import { judged } from "../../patching/activations.ts";
import { pointsOfLayers } from "../../patching/sweeps.ts";
import { type EstimateOptions, estimateShape, measuredPairs, sumsAlong } from "./estimates.ts";

/** Which neurons are estimated. */
export interface NeuronEstimateOptions extends EstimateOptions {
  /** Pairs of layer and neuron. Default: the k whose mean estimate is largest, of either sign. */
  readonly neurons?: readonly (readonly [layer: number, neuron: number])[];
  /** How many, where `neurons` names none. Default 20. */
  readonly k?: number;
  /** Positions that count: the same for all rows. Default all. */
  readonly positions?: Selection;
}

const neuronShape = {
  ...estimateShape,
  neurons: neuronList.optional(),
  k: atLeastOne.optional(),
  positions: selection.optional(),
};

/**
 * Attribution patching of MLP neurons: all are estimated by one gradient, and those that are named, or come out first, are returned, with
 * the columns of {@link heads} but `neuron` for `head`.
 *
 * @throws CircuitbookError for prompts that are no pairs, neurons that are not there, and attention-only models.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.patching.neurons(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, { metric, k: 5 });
 * assertEquals(table.height, 5);
 * ```
 */
export async function neurons(
  model: Model,
  pairs: PromptPairs,
  options: NeuronEstimateOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(neuronShape), "neurons");
  const { neurons, k = 20, positions, ...rest } = options;
  const points = pointsOfLayers(model, "blocks.*.mlp.hook_post");
  const found = await measuredPairs(model, pairs, points, rest, (pair) => {
    const sums = points.map(({ name }) => {
      const whole = pair.at(name);
      const position = resolveSelection(positions ?? {}, whole.size("position"), "position");
      return sumsAlong(whole.slice({ position }), "d_mlp");
    });
    return { row: pair.row, corrupted: pair.corrupted, clean: pair.clean, sums };
  });
  const named = neurons ? resolvedNeurons(neurons, model) : first(found.map(({ sums }) => sums), k);
  return pl.DataFrame(
    found.flatMap(({ row, corrupted, clean, sums }) =>
      named.map(([layer, neuron]) => {
        const estimate = sums[layer][neuron];
        const names = { row, point: points[layer].name, layer, neuron };
        return { ...names, ...judged(corrupted, clean, corrupted + estimate), estimate };
      })
    ),
  );
}

/** The neurons whose estimates, summed over pairs, are largest. */
function first(
  pairs: readonly (readonly Float64Array[])[],
  k: number,
): [layer: number, neuron: number][] {
  const totals = pairs[0].flatMap((sums, layer) =>
    Array.from(sums, (_, neuron) => {
      return {
        layer,
        neuron,
        size: Math.abs(pairs.reduce((sum, pair) => sum + pair[layer][neuron], 0)),
      };
    })
  );
  return totals.sort((a, b) => b.size - a.size).slice(0, k).map((
    { layer, neuron },
  ) => [layer, neuron]);
}
