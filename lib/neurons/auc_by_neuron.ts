import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { auc } from "../stats/ranks.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { type Neurons, neuronsOf } from "./neuron_list.ts";
import { meanWhere } from "../stats/mean_where.ts";

/** How well the activation of one neuron separates two kinds of examples. */
export interface NeuronAuc {
  /** The layer of the neuron, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** The area under the ROC curve; above 0.5 the activation is higher where the condition holds. */
  auc: number;
  /** The mean activation where the condition holds. */
  meanTrue: number;
  /** The mean activation where the condition does not hold. */
  meanFalse: number;
}

/**
 * Returns how well the activation of each neuron separates the examples where a condition holds
 * from the others.
 *
 * @param activations [example, neuron], as {@link activationsOf} returns them.
 * @param neurons the neurons of the activations, in order.
 * @param holds whether the condition holds, for each example.
 * @returns a table with one row for each neuron.
 * @throws CircuitbookError if the sizes differ, or the condition holds for all examples or for
 * none.
 *
 * @example
 * ```ts
 * import { neurons, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const activations = new Tensor(new Float32Array([3, 1, 2, 1]), { example: 4, neuron: 1 });
 * const holds = [true, false, true, false];
 * const [row] = neurons.aucByNeuron(activations, [[6, 425]], holds).toRecords();
 * assertEquals([row.auc, row.meanTrue, row.meanFalse], [1, 2.5, 1]);
 * ```
 */
export function aucByNeuron(
  activations: Tensor,
  neurons: Neurons,
  holds: readonly boolean[],
): TableOf<NeuronAuc> {
  checkArguments("aucByNeuron", {
    activations: [activations, is.tensor],
    neurons: [neurons, is.either(is.lists, is.table)],
    holds: [holds, is.list],
  });

  const list = neuronsOf(neurons);
  const [examples, columns] = activations.shape;
  if (activations.shape.length !== 2 || examples !== holds.length || columns !== list.length) {
    throw new CircuitbookError(
      `Expected activations [example ${holds.length}, neuron ${list.length}] but found ${activations.describe()}.`,
    );
  }
  return tableOf(list.map(([layer, neuron], n) => {
    const own = Array.from({ length: examples }, (_, e) => activations.data[e * columns + n]);
    const [meanTrue, meanFalse] = [true, false].map((kind) => meanWhere(own, holds, kind));
    return { layer, neuron, auc: auc(own, holds), meanTrue, meanFalse };
  }));
}
