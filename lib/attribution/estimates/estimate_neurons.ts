import { z } from "zod";
import { checkArguments } from "../../base/arguments.ts";
import { aModel, promptPairs } from "../../model/plan/kinds.ts";
import { resolveSelection, type Selection } from "../../base/tensor.ts";
import type { Model } from "../../model/model.ts";
import { atLeastOne, checkOptions, selection } from "../../base/options.ts";
import { neuronList, resolvedNeurons } from "../../model/plan/heads_and_neurons.ts";
import type { PromptPairs } from "../../model/prompt_pairs.ts";
import { pointsOfLayers } from "../../patching/layer_points.ts";
import { type PatchEffect, restoration } from "../../patching/patch.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import { type EstimateOptions, estimateShape, measuredPairs, sumsAlong } from "./pair_estimates.ts";

/** The options of {@link estimateNeurons}: which neurons, at which positions. */
export interface NeuronEstimateOptions extends EstimateOptions {
  /**
   * The neurons, as [layer, neuron]. Default: the `k` neurons with the largest mean, of either
   * sign.
   */
  readonly neurons?: readonly (readonly [layer: number, neuron: number])[];
  /** How many neurons are returned if `neurons` names none. Default 20. */
  readonly k?: number;
  /** The positions that are patched together: the same for all pairs. Default: all. */
  readonly positions?: Selection;
}

/** The estimated effect of patching one neuron: a row of the table of {@link estimateNeurons}. */
export interface NeuronEstimate extends PatchEffect {
  /** The hook point. */
  point: string;
  /** The layer, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** The estimated gain of the metric: `value` minus `corrupted`. */
  estimate: number;
}

const neuronShape = {
  ...estimateShape,
  neurons: neuronList.optional(),
  k: atLeastOne.optional(),
  positions: selection.optional(),
};

/**
 * Returns what attribution patching estimates for MLP neurons. One gradient estimates all neurons;
 * the named neurons, or those with the largest estimates, are returned. See {@link estimateHeads}.
 *
 * @param model the model.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which neurons, at which positions.
 * @returns a row for each pair and neuron.
 * @throws CircuitbookError if the prompts are not pairs of equal length, a neuron does not exist,
 * or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.estimateNeurons(model, {
 *   clean: "11 + 5 =",
 *   corrupted: "11 + 4 =",
 * }, { metric, k: 5 });
 * assertEquals(table.height, 5);
 * ```
 */
export async function estimateNeurons(
  model: Model,
  pairs: PromptPairs,
  options: NeuronEstimateOptions,
): Promise<TableOf<NeuronEstimate>> {
  checkArguments("estimateNeurons", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
  });

  checkOptions(options, z.strictObject(neuronShape), "estimateNeurons");
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
  const named = neurons
    ? resolvedNeurons(neurons, model)
    : largest(found.map(({ sums }) => sums), k);
  return tableOf(
    found.flatMap(({ row, corrupted, clean, sums }) =>
      named.map(([layer, neuron]): NeuronEstimate => {
        const estimate = sums[layer][neuron];
        return {
          row,
          point: points[layer].name,
          layer,
          neuron,
          ...restoration(corrupted, clean, corrupted + estimate),
          estimate,
        };
      })
    ),
  );
}

/** Returns the neurons whose estimates, summed over pairs, are largest in magnitude. */
function largest(
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
