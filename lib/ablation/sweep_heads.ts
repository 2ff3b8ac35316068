import { z } from "zod";
import type { Input } from "../model/plan/batch.ts";
import { checkArguments } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { checkOptions } from "../base/options.ts";
import {
  allHeads,
  headList,
  neuronList,
  resolvedHeads,
  resolvedNeurons,
} from "../model/plan/heads_and_neurons.ts";
import type { TableOf } from "../table/table.ts";
import type { AblationEffect } from "./ablated_part.ts";
import { sweep } from "./sweep.ts";
import { type SweepOptions, sweepShape } from "./sweep_options.ts";
import { pointAt } from "../model/plan/hook_points.ts";

/** The options of {@link sweepHeads}: which heads are ablated, and how. */
export interface HeadSweepOptions extends SweepOptions {
  /** The heads, as [layer, head]. Default: all. */
  readonly heads?: readonly (readonly [layer: number, head: number])[];
}

/** The options of {@link sweepNeurons}: which neurons are ablated, and how. */
export interface NeuronSweepOptions extends SweepOptions {
  /** The neurons, as [layer, neuron]. */
  readonly neurons: readonly (readonly [layer: number, neuron: number])[];
}

/** What ablating one head does to one prompt: a row of the table of {@link sweepHeads}. */
export interface HeadEffect extends AblationEffect {
  /** The layer, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
}

/** What ablating one neuron does to one prompt: a row of the table of {@link sweepNeurons}. */
export interface NeuronEffect extends AblationEffect {
  /** The layer, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
}

/**
 * Ablates each head in turn and returns what that does to a metric of the last logits. {@link
 * sweep} says which parts of the model are not run again.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param options the metric; which heads, and what replaces their outputs.
 * @returns a row for each prompt and head.
 * @throws CircuitbookError if a head does not exist.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [one, two] = ["1", "2"].map((text) => model.tokenizer.idOf(text));
 * const metric = (logits: Float32Array) => logits[one] - logits[two];
 * const table = await ablation.sweepHeads(model, "11 + 5 = ", { metric });
 * assertEquals(table.height, 48);
 * ```
 */
export async function sweepHeads(
  model: Model,
  input: Input,
  options: HeadSweepOptions,
): Promise<TableOf<HeadEffect>> {
  checkArguments("sweepHeads", { model: [model, aModel] });
  checkOptions(
    options,
    z.strictObject({ ...sweepShape, heads: headList.optional() }),
    "sweepHeads",
  );
  const { heads = allHeads(model), ...rest } = options;
  const parts = resolvedHeads(heads, model).map(([layer, head]) => {
    return {
      names: { layer, head },
      targets: [{ at: pointAt.z(layer), heads: [head] }],
    };
  });
  return await sweep(model, input, parts, rest);
}

/**
 * Ablates each of some MLP neurons in turn and returns what that does to a metric of the last
 * logits.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param options the metric; which neurons, and what replaces their activations.
 * @returns a row for each prompt and neuron.
 * @throws CircuitbookError if a neuron does not exist.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const table = await ablation.sweepNeurons(model, "11 + 5 = ", {
 *   neurons: [[7, 3], [7, 4]],
 *   metric,
 * });
 * assertEquals(table.getColumn("neuron").toArray(), [3, 4]);
 * ```
 */
export async function sweepNeurons(
  model: Model,
  input: Input,
  options: NeuronSweepOptions,
): Promise<TableOf<NeuronEffect>> {
  checkArguments("sweepNeurons", { model: [model, aModel] });
  checkOptions(options, z.strictObject({ ...sweepShape, neurons: neuronList }), "sweepNeurons");
  const { neurons, ...rest } = options;
  const parts = resolvedNeurons(neurons, model).map(([layer, neuron]) => {
    return {
      names: { layer, neuron },
      targets: [{ at: pointAt.mlpPost(layer), neurons: [neuron] }],
    };
  });
  return await sweep(model, input, parts, rest);
}
