import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Edit } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, positions, watch } from "../base/options.ts";
import { type Positions, positionsByRow } from "../model/plan/positions.ts";
import { auc } from "../stats/ranks.ts";
import { checkedPairs, type Neurons, pairsOf } from "./pairs.ts";

/** Where activations are read. */
export interface ActivationOptions extends Watch {
  /** Positions in every row, or a list for each row; all by default. */
  readonly positions?: Positions;
  /** Edits under which the model is run, alike for all rows. */
  readonly edit?: Edit | readonly Edit[];
}

/**
 * The activations of some neurons at some positions, [example, neuron]: what their value vectors are multiplied by
 * (`hook_post`). Examples are counted row by row, neurons come in the order given.
 *
 * Rows are run some at a time and all other neurons are let go of: those of a model of 3 billion parameters at 500
 * positions take 0.8 GB.
 *
 * @throws CircuitbookError when a neuron or a position does not exist.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const found = await neurons.activationsOf(model, ["11 + 5 =", "2 + 3 ="], [[6, 425], [7, 3]], { positions: [-1] });
 * assertEquals(found.sizes, { example: 2, neuron: 2 });
 * ```
 */
export async function activationsOf(
  model: Model,
  input: Input,
  neurons: Neurons,
  options: ActivationOptions = {},
): Promise<Tensor> {
  const schema = z.strictObject({ ...watch, positions: positions.optional(), edit: anything });
  checkOptions(options, schema, "activationsOf");
  const pairs = checkedPairs(model, neurons);
  const parts: Float32Array[] = [];
  const layers = [...new Set(pairs.map(([layer]) => layer))].sort((a, b) => a - b);
  await walkActivations(model, input, layers, options, (byLayer, examples) => {
    const part = new Float32Array(examples * pairs.length);
    const { dMlp } = model.architecture;
    pairs.forEach(([layer, neuron], n) => {
      const data = byLayer.get(layer)!;
      for (let e = 0; e < examples; e++) part[e * pairs.length + n] = data[e * dMlp + neuron];
    });
    parts.push(part);
  });
  const examples = parts.reduce((sum, { length }) => sum + length, 0) / pairs.length;
  const data = new Float32Array(examples * pairs.length);
  parts.reduce((at, part) => (data.set(part, at), at + part.length), 0);
  return new Tensor(data, { example: examples, neuron: pairs.length });
}

/**
 * How well each neuron's activation tells two kinds of examples apart, as a table: `layer`, `neuron`, `auc` (over 0.5: it is
 * higher where `holds` is true), `meanTrue`, `meanFalse`.
 *
 * @param activations [example, neuron].
 * @param neurons those of the activations, in order.
 * @param holds of which kind each example is.
 * @throws CircuitbookError when the sizes differ, or one kind is missing.
 *
 * @example
 * ```ts
 * import { neurons, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const activations = new Tensor(new Float32Array([3, 1, 2, 1]), { example: 4, neuron: 1 });
 * const [row] = neurons.aucByNeuron(activations, [[6, 425]], [true, false, true, false]).toRecords();
 * assertEquals([row.auc, row.meanTrue, row.meanFalse], [1, 2.5, 1]);
 * ```
 */
export function aucByNeuron(
  activations: Tensor,
  neurons: Neurons,
  holds: readonly boolean[],
): pl.DataFrame {
  const pairs = pairsOf(neurons);
  const [examples, columns] = activations.shape;
  if (activations.shape.length !== 2 || examples !== holds.length || columns !== pairs.length) {
    throw new CircuitbookError(
      `Expected activations [example ${holds.length}, neuron ${pairs.length}] but found ${activations.describe()}.`,
    );
  }
  return pl.DataFrame(pairs.map(([layer, neuron], n) => {
    const own = Array.from({ length: examples }, (_, e) => activations.data[e * columns + n]);
    const mean = (kind: boolean) => {
      const members = own.filter((_, e) => holds[e] === kind);
      return members.reduce((sum, value) => sum + value, 0) / members.length;
    };
    return { layer, neuron, auc: auc(own, holds), meanTrue: mean(true), meanFalse: mean(false) };
  }));
}

/** Activations that are held at once, so that they take at most this many bytes. */
const CHUNK_BYTES = 256e6;

/**
 * Runs the rows that have a position chosen, some at a time, and hands over what all neurons of some layers do at the chosen positions: for each layer
 * [example, neuron], flat.
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
  if (byRow || perRow.every(({ length }) => length === 0)) {
    throw new CircuitbookError(
      byRow
        ? `Expected edits alike for all rows but found rows in the edit at "${byRow.at}"; run the rows apart.`
        : "Expected at least one position to read but found none in any row.",
    );
  }
  const read = rows.map((row, r) => ({ row, own: perRow[r] })).filter(({ own }) => own.length > 0);
  const most = Math.max(1, ...perRow.map(({ length }) => length));
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (4 * dMlp * layers.length * most)));
  const tap = layers.map((layer) => `blocks.${layer}.mlp.hook_post`);
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
