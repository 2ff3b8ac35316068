import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, onePosition, watch } from "../base/options.ts";
import { positionsByRow } from "../model/plan/positions.ts";
import { checkedPairs, type Neurons } from "../neurons/pairs.ts";
import { keyNames, type VectorName, vectorsOf } from "../neurons/vectors.ts";
import { bootstrapDifference } from "../stats/difference.ts";
import type { BootstrapOptions } from "../stats/intervals.ts";
import { bootstrapShape } from "../stats/sample.ts";
import type { Drive } from "./weight_drive.ts";

/** Where heads are seen to drive neurons. */
export interface ActiveDriveOptions extends Watch, Pick<BootstrapOptions, "groups" | "seed"> {
  readonly neurons: Neurons;
  /** One position of every prompt, or a list for each prompt; negative counts from the end. Default −1, the last. */
  readonly positions?: number | readonly (readonly number[])[];
  /** Of each position, row by row, whether something holds (the attempt is correct). */
  readonly holds: readonly boolean[];
}

const activeDriveSchema = z.strictObject({
  ...watch,
  neurons: anything,
  groups: bootstrapShape.groups,
  seed: bootstrapShape.seed,
  positions: onePosition.optional(),
  holds: z.array(z.boolean(), "to be a list of true and false"),
});

/** A neuron's key, and by how much what drives it differs between the two kinds of positions. */
interface Key {
  readonly layer: number;
  readonly neuron: number;
  readonly key: VectorName;
  readonly total: number;
}

/**
 * How much each head's output at a position drives some neurons there, through the scale of the norm before their MLP as it was in
 * the run (frozen): the mean where something holds minus the mean where it does not.
 *
 * `pairs`: `layer`, `head`, `neuron_layer`, `neuron`, `key`, `difference`, `total` (of the whole residual stream). `heads`: `layer`, `head`, `key`,
 * `share`, `low`, `high`, `n`: the part of the neurons' total differences that is the head's, each neuron's counted by the sign
 * of its own total. The shares of all heads, of the embeddings and of earlier MLPs sum to 1. Intervals are by bootstrap over
 * positions, or over `groups` of them.
 *
 * After Lee et al., The Geometry of Self-Verification in a Task-Specific Reasoning Model (arXiv 2504.14379).
 *
 * @throws CircuitbookError when neurons or positions do not exist, the labels are of one kind or not as many as positions.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const prompts = ["- 3 + 4 = 7 (", "- 3 + 4 = 8 ("];
 * const drive = await heads.activeDrive(model, prompts, { neurons: [[6, 425]], holds: [true, false] });
 * assertEquals([drive.heads.height, drive.pairs.height], [7 * 6 * 2, 7 * 6 * 2]);
 * ```
 */
export async function activeDrive(
  model: Model,
  input: Input,
  options: ActiveDriveOptions,
): Promise<Drive> {
  checkOptions(options, activeDriveSchema, "activeDrive");
  const { neurons, positions = -1, holds, signal, onProgress } = options;
  const rows = model.tokens(input);
  const pairs = checkedPairs(model, neurons);
  const lists = positionsByRow(positions, rows);
  const count = lists.flat().length;
  if (holds.length !== count || !holds.includes(true) || !holds.includes(false)) {
    throw new CircuitbookError(
      `Expected a label for each of ${count} positions, true and false, but found ${holds.length}: ${
        holds.filter(Boolean).length
      } true.`,
    );
  }
  const read = [...new Set(pairs.map(([layer]) => layer))];
  const last = Math.max(...read);
  const { norm, weights } = model.architecture;
  const layers = Array.from({ length: last + 1 }, (_, layer) => layer);
  const cache = await model.run(rows, {
    tap: [
      ...layers.map((layer) => `blocks.${layer}.attn.hook_z`),
      ...read.flatMap((layer) => [
        `blocks.${layer}.hook_resid_mid`,
        ...norm.kind === "none" ? [] : [`blocks.${layer}.ln2.hook_scale`],
      ]),
    ],
    positions: lists,
    signal,
    onProgress,
  });
  const names = keyNames(model);
  const vectors = await Promise.all(names.map((name) => vectorsOf(model, pairs, name)));
  const all = Tensor.concat(vectors, "neuron");
  const pulled = await model.pullBack(layers.map((l) => weights.layer(l).o.weight), all);
  const keys = names.flatMap((key, k) =>
    pairs.map(([layer, neuron], i): Key => {
      const vector = all.slice({ neuron: k * pairs.length + i }).data;
      return {
        layer,
        neuron,
        key,
        total: difference(
          alongKey(cache, `blocks.${layer}.hook_resid_mid`, layer, vector, 1),
          holds,
        ),
      };
    })
  );
  return tables(model, cache, keys, pulled, options);
}

/** Both tables: every head with every key of its layer or a later one. */
function tables(
  model: Model,
  cache: Cache,
  keys: readonly Key[],
  pulled: readonly Tensor[],
  options: ActiveDriveOptions,
): Drive {
  const { heads, headSize } = model.architecture;
  const { holds, groups, seed } = options;
  const totals = new Map<VectorName, number>();
  for (const { key, total } of keys) totals.set(key, (totals.get(key) ?? 0) + Math.abs(total));
  const byPair: Record<string, string | number>[] = [];
  const byHead: Record<string, string | number>[] = [];
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
          `blocks.${layer}.attn.hook_z`,
          key.layer,
          direction,
          heads,
          head,
        );
        const own = sums.get(key.key)!;
        values.forEach((value, i) => own[i] += Math.sign(key.total) * value);
        const { layer: neuron_layer, neuron, key: name, total } = key;
        byPair.push({
          layer,
          head,
          neuron_layer,
          neuron,
          key: name,
          difference: difference(values, holds),
          total,
        });
      });
      for (const [key, own] of sums) {
        const shares = own.map((value) => value / totals.get(key)!);
        const { value: share, ...interval } = bootstrapDifference(shares, holds, { groups, seed });
        byHead.push({ layer, head, key, share, ...interval });
      }
    }
  });
  return { heads: pl.DataFrame(byHead), pairs: pl.DataFrame(byPair) };
}

/**
 * The dot product with a direction of each example's activation at a point (of one of its `parts`, such as heads), divided by the
 * scale of the norm before the MLP of a layer.
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
  const scaleName = `blocks.${layer}.ln2.hook_scale`;
  const scales = cache.names.includes(scaleName) ? cache.get(scaleName).data : undefined;
  return Float64Array.from({ length: data.length / (size * parts) }, (_, example) => {
    const start = (example * parts + part) * size;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[start + i] * direction[i];
    return sum / (scales?.[example] ?? 1);
  });
}

/** The mean where something holds minus the mean where it does not. */
function difference(values: Float64Array, holds: readonly boolean[]): number {
  const mean = (kind: boolean) => {
    const own = values.filter((_, i) => holds[i] === kind);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  };
  return mean(true) - mean(false);
}
