import { neuronName } from "../../base/one_line.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { sweepNeurons } from "../../ablation/sweep_heads.ts";
import { estimateNeurons } from "../../attribution/estimates/estimate_neurons.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { MetricData } from "../../model/plan/metric.ts";
import type { Model } from "../../model/model.ts";
import { neurons as patchNeurons } from "../../patching/sweeps.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { meanOf } from "../../base/mean.ts";

/** What a neuron changes of a metric, by three methods; each number is a mean over pairs. */
export interface NeuronChange {
  /** The neuron, such as "L5N17". */
  readonly neuron: string;
  /** What one gradient estimates of patching the neuron from right texts into wrong ones. */
  readonly estimated: number;
  /** What patching the neuron from right texts into wrong ones changes. */
  readonly patched: number;
  /** What silencing the neuron in right texts changes. */
  readonly silenced: number;
}

/** Right and wrong texts, pair by pair. */
export interface TextPairs {
  /** The tokens of the right texts. */
  readonly clean: number[][];
  /** The tokens of the wrong texts, each as long as the right one. */
  readonly corrupted: number[][];
}

/**
 * Returns what neurons change of a metric: estimated by a gradient, patched, and silenced. The
 * neurons are those with the largest estimates on other pairs.
 *
 * @param model the model.
 * @param pairs `searched`: the pairs on which the neurons are chosen. `measured`: the pairs on
 * which they are measured.
 * @param options `metric`: such as the margin of the verdict. `k`: how many neurons. Default 10.
 * @returns a row for each neuron, largest estimate on the searched pairs first.
 * @throws CircuitbookError if texts of a pair differ in length, or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { pairs: [{ correct, wrong }] } = countdown.matchedPairs(model.tokenizer, {
 *   n: 1,
 *   attempt: 0,
 * });
 * const one = { clean: [correct], corrupted: [wrong] };
 * const options = { metric: countdown.verdictMargin(model.tokenizer), k: 2 };
 * const table = await verificationStudy.neuronChanges(
 *   model,
 *   { searched: one, measured: one },
 *   options,
 * );
 * assertEquals(table.columns, ["neuron", "estimated", "patched", "silenced"]);
 * ```
 */
export async function neuronChanges(
  model: Model,
  pairs: { readonly searched: TextPairs; readonly measured: TextPairs },
  options: { readonly metric: MetricData; readonly k?: number },
): Promise<TableOf<NeuronChange>> {
  checkArguments("neuronChanges", {
    model: [model, aModel],
    pairs: [pairs, is.like("pairs", "searched", "measured")],
    options: [options, is.like("options", "metric")],
  });

  const { metric, k = 10 } = options;
  const listed = rowsOf(await estimateNeurons(model, pairs.searched, { metric, k }));
  const names = new Map(
    listed.map((row) => [neuronName(row.layer, row.neuron), [row.layer, row.neuron] as const]),
  );
  const chosen = { metric, neurons: [...names.values()] };
  const estimated = rowsOf(await estimateNeurons(model, pairs.measured, chosen));
  const patched = rowsOf(await patchNeurons(model, pairs.measured, chosen));
  const silenced = rowsOf(await sweepNeurons(model, pairs.measured.clean, chosen));
  return tableOf([...names.keys()].map((neuron): NeuronChange => ({
    neuron,
    estimated: meanOfNeuron(neuron, estimated, ({ estimate }) => estimate),
    patched: meanOfNeuron(neuron, patched, ({ value, corrupted }) => value - corrupted),
    silenced: meanOfNeuron(neuron, silenced, ({ effect }) => effect),
  })));
}

/** A row about one neuron. */
interface NeuronRow {
  readonly layer: number;
  readonly neuron: number;
}

/** Returns the mean of a value over the rows of a neuron. */
function meanOfNeuron<Row extends NeuronRow>(
  name: string,
  rows: readonly Row[],
  valueOf: (row: Row) => number,
): number {
  const own = rows.filter((row) => neuronName(row.layer, row.neuron) === name);
  return meanOf(own.map(valueOf));
}
