import { mlpStream, pointAt, scaleAt } from "../model/plan/hook_points.ts";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import { checkArguments } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, onePosition, watch } from "../base/options.ts";
import { positionsByRow } from "../model/plan/positions.ts";
import { checkedNeurons, type Neurons } from "../neurons/neuron_list.ts";
import { keyNames, neuronVectors, type VectorName } from "../neurons/vectors.ts";
import { bootstrapDifference } from "../stats/difference.ts";
import type { BootstrapOptions } from "../stats/intervals.ts";
import { bootstrapShape } from "../stats/sample.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { meanWhere } from "../stats/mean_where.ts";

/** The options of {@link activeDrive}: the neurons, and the positions with the kind of each. */
export interface ActiveDriveOptions extends Watch, Pick<BootstrapOptions, "groups" | "seed"> {
  /** The neurons, as [layer, neuron] or a table with these columns. */
  readonly neurons: Neurons;
  /**
   * One position of every prompt, or a list of positions for each prompt. A negative position
   * counts from the end. Default −1, the last position.
   */
  readonly positions?: number | readonly (readonly number[])[];
  /**
   * For each position, prompt by prompt: whether a condition holds, such as "the attempt is
   * correct".
   */
  readonly holds: readonly boolean[];
}

/** How differently one head drives one key of one neuron at the two kinds of positions. */
export interface NeuronActiveDrive {
  /** The layer of the head, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /** The layer of the neuron, from 0. */
  neuron_layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** Which of the neuron's input vectors: `gate` and `up` in a gated MLP, else `input`. */
  key: VectorName;
  /** The head's mean part of k·x where the condition holds, minus its mean part elsewhere. */
  difference: number;
  /** The same difference for the whole residual stream. */
  total: number;
}

/** Which share of what drives the neurons comes from one head. */
export interface HeadActiveDrive {
  /** The layer of the head, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /** Which of the neurons' input vectors: `gate` and `up` in a gated MLP, else `input`. */
  key: VectorName;
  /**
   * The head's share of the neurons' total differences, each counted by the sign of its own total.
   */
  share: number;
  /** The lower end of the 95 % bootstrap interval of `share` over positions or groups. */
  low: number;
  /** The upper end of the interval of `share`. */
  high: number;
  /** The number of positions. */
  n: number;
}

/** How much heads drive neurons at the positions of some prompts. */
export interface ActiveDrive {
  /** A row for each head and kind of key. */
  readonly heads: TableOf<HeadActiveDrive>;
  /** A row for each head and key of a neuron in the head's layer or a later one. */
  readonly neurons: TableOf<NeuronActiveDrive>;
}

const activeDriveSchema = z.strictObject({
  ...watch,
  neurons: anything,
  groups: bootstrapShape.groups,
  seed: bootstrapShape.seed,
  positions: onePosition.optional(),
  holds: z.array(z.boolean(), "to be a list of true and false"),
});

/** A key of a neuron. */
interface DrivenKey {
  readonly layer: number;
  readonly neuron: number;
  readonly key: VectorName;
  /** The difference of k·x between the two kinds of positions, for the whole residual stream x. */
  readonly total: number;
}

/**
 * Returns how much each head's output at a position drives some neurons there: the mean where a
 * condition holds minus the mean where it does not.
 *
 * The norm before the neurons' MLP keeps the scale that it had in the run (frozen norm), so that
 * the drive is linear: the shares of all heads, of the embeddings and of earlier MLPs sum to 1.
 *
 * After Lee et al., The Geometry of Self-Verification in a Task-Specific Reasoning Model (arXiv
 * 2504.14379).
 *
 * @param model the model with the heads and neurons.
 * @param input the prompts: texts or token ids.
 * @param options the neurons, the positions, and at which of them the condition holds.
 * @returns one table by head and one by head and neuron.
 * @throws CircuitbookError if a neuron or a position does not exist, there is not one label for
 * each position, or all labels are equal.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const prompts = ["- 3 + 4 = 7 (", "- 3 + 4 = 8 ("];
 * const drive = await heads.activeDrive(model, prompts, {
 *   neurons: [[6, 425]],
 *   holds: [true, false],
 * });
 * assertEquals([drive.heads.height, drive.neurons.height], [7 * 6 * 2, 7 * 6 * 2]);
 * ```
 */
export async function activeDrive(
  model: Model,
  input: Input,
  options: ActiveDriveOptions,
): Promise<ActiveDrive> {
  checkArguments("activeDrive", { model: [model, aModel] });
  checkOptions(options, activeDriveSchema, "activeDrive");
  const { neurons, positions = -1, holds, signal, onProgress } = options;
  const rows = model.tokens(input);
  const chosen = checkedNeurons(model, neurons);
  const lists = positionsByRow(positions, rows);
  const count = lists.flat().length;
  if (holds.length !== count || !holds.includes(true) || !holds.includes(false)) {
    throw new CircuitbookError(
      `Expected a label for each of ${count} positions, true and false, but found ${holds.length}: ${
        holds.filter(Boolean).length
      } true.`,
    );
  }
  const read = [...new Set(chosen.map(([layer]) => layer))];
  const last = Math.max(...read);
  const { norm, weights } = model.architecture;
  const layers = Array.from({ length: last + 1 }, (_, layer) => layer);
  const cache = await model.run(rows, {
    tap: [
      ...layers.map((layer) => pointAt.z(layer)),
      ...read.flatMap((layer) => [
        mlpStream(model.architecture, layer),
        ...norm.kind === "none" || !weights.layer(layer).ln2 ? [] : [scaleAt(layer, "ln2")],
      ]),
    ],
    positions: lists,
    signal,
    onProgress,
  });
  const names = keyNames(model);
  const vectors = await Promise.all(names.map((name) => neuronVectors(model, chosen, name)));
  const all = Tensor.concat(vectors, "neuron");
  // k·(W_O·z) = (W_Oᵀ·k)·z: keys are brought back to each layer's z, so that no head's output is
  // made.
  const pulled = await model.pullBack(layers.map((l) => weights.layer(l).o.weight), all);
  const keys = names.flatMap((key, k) =>
    chosen.map(([layer, neuron], i): DrivenKey => {
      const vector = all.slice({ neuron: k * chosen.length + i }).data;
      return {
        layer,
        neuron,
        key,
        total: difference(
          alongKey(cache, mlpStream(model.architecture, layer), layer, vector, 1),
          holds,
        ),
      };
    })
  );
  return driveTables(model, cache, keys, pulled, options);
}

/**
 * Returns both tables: every head with every key of its layer or a later one.
 *
 * @param pulled for each layer, the keys as directions of z: [example, head × d_head].
 */
function driveTables(
  model: Model,
  cache: Cache,
  keys: readonly DrivenKey[],
  pulled: readonly Tensor[],
  options: ActiveDriveOptions,
): ActiveDrive {
  const { heads, headSize } = model.architecture;
  const { holds, groups, seed } = options;
  const totals = new Map<VectorName, number>();
  for (const { key, total } of keys) totals.set(key, (totals.get(key) ?? 0) + Math.abs(total));
  const byNeuron: NeuronActiveDrive[] = [];
  const byHead: HeadActiveDrive[] = [];
  pulled.forEach((matrix, layer) => {
    for (let head = 0; head < heads; head++) {
      const sums = new Map([...totals.keys()].map((key) => [key, new Float64Array(holds.length)]));
      keys.forEach((key, k) => {
        if (key.layer < layer) return;
        const direction =
          matrix.slice({ example: k, input: { from: head * headSize, to: (head + 1) * headSize } })
            .data;
        const values = alongKey(
          cache,
          pointAt.z(layer),
          key.layer,
          direction,
          heads,
          head,
        );
        const own = sums.get(key.key)!;
        values.forEach((value, i) => own[i] += Math.sign(key.total) * value);
        byNeuron.push({
          layer,
          head,
          neuron_layer: key.layer,
          neuron: key.neuron,
          key: key.key,
          difference: difference(values, holds),
          total: key.total,
        });
      });
      for (const [key, own] of sums) {
        const shares = own.map((value) => value / totals.get(key)!);
        const { value: share, ...interval } = bootstrapDifference(shares, holds, { groups, seed });
        byHead.push({ layer, head, key, share, ...interval });
      }
    }
  });
  return { heads: tableOf(byHead), neurons: tableOf(byNeuron) };
}

/**
 * Returns the dot product of each position's activation with a direction, divided by the scale of
 * the norm before the MLP of a layer.
 *
 * @param point the hook point of the activation.
 * @param layer the layer of the MLP.
 * @param parts how many equal parts the activation has, such as heads.
 * @param part which part meets the direction.
 */
function alongKey(
  cache: Cache,
  point: string,
  layer: number,
  direction: Float32Array,
  parts: number,
  part = 0,
): Float64Array {
  const { data } = cache.get(point);
  const size = direction.length;
  const scaleName = scaleAt(layer, "ln2");
  const scales = cache.names.includes(scaleName) ? cache.get(scaleName).data : undefined;
  return Float64Array.from({ length: data.length / (size * parts) }, (_, position) => {
    const start = (position * parts + part) * size;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[start + i] * direction[i];
    return sum / (scales?.[position] ?? 1);
  });
}

/** Returns the mean where the condition holds minus the mean where it does not. */
function difference(values: Float64Array, holds: readonly boolean[]): number {
  return meanWhere(values, holds, true) - meanWhere(values, holds, false);
}
