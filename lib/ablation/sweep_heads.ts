import type pl from "nodejs-polars";
import { z } from "zod";
import type { Input } from "../model/plan/batch.ts";
import type { Model } from "../model/model.ts";
import { checkOptions } from "../base/options.ts";
import {
  allHeads,
  headList,
  neuronList,
  resolvedHeads,
  resolvedNeurons,
} from "../model/plan/heads_and_neurons.ts";
import { sweep, type SweepOptions, sweepShape } from "./sweep.ts";

/** Which heads a sweep ablates, and how. */
export interface HeadSweepOptions extends SweepOptions {
  /** Pairs of layer and head; all by default. */
  readonly heads?: readonly (readonly [layer: number, head: number])[];
}

/** Which neurons a sweep ablates, and how. */
export interface NeuronSweepOptions extends SweepOptions {
  /** Pairs of layer and neuron. */
  readonly neurons: readonly (readonly [layer: number, neuron: number])[];
}

/**
 * Ablates each head in turn and returns what that does to a metric of the last logits, as a table: `row`, `layer`, `head`,
 * `baseline`, `value`, `effect` (value − baseline). See {@link sweep} for what is not run again.
 *
 * @throws CircuitbookError when a head does not exist.
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
): Promise<pl.DataFrame> {
  checkOptions(
    options,
    z.strictObject({ ...sweepShape, heads: headList.optional() }),
    "sweepHeads",
  );
  const { heads = allHeads(model), ...rest } = options;
  const parts = resolvedHeads(heads, model).map(([layer, head]) => {
    return {
      names: { layer, head },
      targets: [{ at: `blocks.${layer}.attn.hook_z`, heads: [head] }],
    };
  });
  return await sweep(model, input, parts, rest);
}

/**
 * Ablates each neuron in turn and returns what that does to a metric of the last logits, as a table: `row`, `layer`, `neuron`,
 * `baseline`, `value`, `effect` (value − baseline).
 *
 * @throws CircuitbookError when a neuron does not exist.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const table = await ablation.sweepNeurons(model, "11 + 5 = ", { neurons: [[7, 3], [7, 4]], metric });
 * assertEquals(table.getColumn("neuron").toArray(), [3, 4]);
 * ```
 */
export async function sweepNeurons(
  model: Model,
  input: Input,
  options: NeuronSweepOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject({ ...sweepShape, neurons: neuronList }), "sweepNeurons");
  const { neurons, ...rest } = options;
  const parts = resolvedNeurons(neurons, model).map(([layer, neuron]) => {
    return {
      names: { layer, neuron },
      targets: [{ at: `blocks.${layer}.mlp.hook_post`, neurons: [neuron] }],
    };
  });
  return await sweep(model, input, parts, rest);
}
