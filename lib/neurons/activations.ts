import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Edit } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, positions, watch } from "../base/options.ts";
import { type Positions, positionsByRow } from "../model/plan/positions.ts";
import { checkedNeurons, type Neurons } from "./neuron_list.ts";
import { pointAt } from "../model/plan/hook_points.ts";
import { distinct } from "../base/lists.ts";

/** The options of {@link activationsOf}. */
export interface ActivationOptions extends Watch {
  /** Positions in every row, or a list of positions for each row. Default: all. */
  readonly positions?: Positions;
  /** Edits under which the model is run; the same for all rows. Default: none. */
  readonly edit?: Edit | readonly Edit[];
}

const activationsSchema = z.strictObject({
  ...watch,
  positions: positions.optional(),
  edit: anything,
});

/**
 * Returns the activations (`hook_post`) of some neurons at some positions: the factors of their
 * value vectors.
 *
 * Rows are run in chunks, and only the chosen neurons are kept: all neurons of a model with 3
 * billion parameters at 500 positions would take 0.8 GB.
 *
 * @param model the model that is run.
 * @param input the prompts.
 * @param neurons the neurons, as [layer, neuron] or a table with these columns.
 * @param options the positions, and the edits under which the model is run.
 * @returns [example, neuron]: examples are the positions, counted row by row; neurons are in the
 * given order.
 * @throws CircuitbookError if a neuron or a position does not exist, or no position is chosen.
 * Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const prompts = ["11 + 5 =", "2 + 3 ="];
 * const chosen = [[6, 425], [7, 3]] as const;
 * const found = await neurons.activationsOf(model, prompts, chosen, { positions: [-1] });
 * assertEquals(found.sizes, { example: 2, neuron: 2 });
 * ```
 */
export async function activationsOf(
  model: Model,
  input: Input,
  neurons: Neurons,
  options: ActivationOptions = {},
): Promise<Tensor> {
  checkArguments("activationsOf", {
    model: [model, aModel],
    input: [input, is.either(is.text, is.numbers, is.list)],
    neurons: [neurons, is.either(is.lists, is.table)],
  });

  checkOptions(options, activationsSchema, "activationsOf");
  const chosen = checkedNeurons(model, neurons);
  const parts: Float32Array[] = [];
  const layers = distinct(chosen.map(([layer]) => layer));
  await walkActivations(model, input, layers, options, (byLayer, examples) => {
    const part = new Float32Array(examples * chosen.length);
    const { dMlp } = model.architecture;
    chosen.forEach(([layer, neuron], n) => {
      const data = byLayer.get(layer)!;
      for (let e = 0; e < examples; e++) part[e * chosen.length + n] = data[e * dMlp + neuron];
    });
    parts.push(part);
  });
  const examples = parts.reduce((sum, { length }) => sum + length, 0) / chosen.length;
  const data = new Float32Array(examples * chosen.length);
  let offset = 0;
  for (const part of parts) {
    data.set(part, offset);
    offset += part.length;
  }
  return new Tensor(data, { example: examples, neuron: chosen.length });
}

/** The largest number of bytes of activations that are held at a time. */
const CHUNK_BYTES = 256e6;

/**
 * Runs the model in chunks of rows, and calls `visit` with the activations of all neurons of some
 * layers at the chosen positions of each chunk. Rows without a chosen position are not run.
 *
 * @param visit is given the activations of each layer, [example, neuron] flat, and the number of
 * examples.
 */
export async function walkActivations(
  model: Model,
  input: Input,
  layers: readonly number[],
  { positions = {}, edit, signal, onProgress }: ActivationOptions,
  visit: (byLayer: ReadonlyMap<number, Float32Array>, examples: number) => void,
): Promise<void> {
  const rows = model.tokens(input);
  const { dMlp } = model.architecture;
  const perRow = positionsByRow(positions, rows);
  const byRow = [edit ?? []].flat().find((one) => "rows" in one);
  if (byRow) {
    throw new CircuitbookError(
      `Expected edits that are the same for all rows but found rows in the edit at "${byRow.at}"; ` +
        "run the rows one by one.",
    );
  }
  if (perRow.every(({ length }) => length === 0)) {
    throw new CircuitbookError(
      "Expected at least one position to read but found none in any row; name positions, or leave them out to read all.",
    );
  }
  const read = rows.map((row, r) => ({ row, own: perRow[r] })).filter(({ own }) => own.length > 0);
  const most = Math.max(1, ...perRow.map(({ length }) => length));
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (4 * dMlp * layers.length * most)));
  const tap = layers.map((layer) => pointAt.mlpPost(layer));
  const meter = new Meter("read neurons", read.length, "rows", { signal, onProgress });
  try {
    for (let start = 0; start < read.length; start += step) {
      const part = read.slice(start, start + step);
      const chosen = part.map(({ own }) => own);
      const cache = await model.run(part.map(({ row }) => row), {
        tap,
        positions: chosen,
        edit,
        signal,
        onProgress: () => {},
      });
      const byLayer = new Map(layers.map((layer, i) => [layer, cache.get(tap[i]).data]));
      visit(byLayer, chosen.reduce((sum, { length }) => sum + length, 0));
      await meter.advance(part.length);
    }
  } finally {
    meter.end();
  }
}
