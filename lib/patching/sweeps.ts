import { z } from "zod";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { checkArguments } from "../base/arguments.ts";
import { aModel, promptPairs } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, positions as positionsSchema, selection, yesOrNo } from "../base/options.ts";
import type { PromptPairs } from "../model/prompt_pairs.ts";
import { neuronList, resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { type Positions, positionsByRow } from "../model/plan/positions.ts";
import type { TableOf } from "../table/table.ts";
import { pointsOfLayers, refuseHeadless } from "./layer_points.ts";
import { patch, type PatchEffect, type PatchOptions, patchShape } from "./patch.ts";
import { pointAt } from "../model/plan/hook_points.ts";

/** The options of {@link positions}: which positions of which hook points are patched. */
export interface PositionPatchOptions extends PatchOptions {
  /** A hook point or a glob. Default `blocks.*.hook_resid_pre`. */
  readonly at?: string;
  /**
   * The positions that are patched in turn: the same for all pairs, or a list for each. Default:
   * all.
   */
  readonly positions?: Positions;
}

/** The options of {@link heads}: at which hook points and positions heads are patched. */
export interface HeadPatchOptions extends PatchOptions {
  /** A hook point with heads, or a glob. Default `blocks.*.attn.hook_z`. */
  readonly at?: string;
  /** The positions that are patched together: the same for all pairs. Default: all. */
  readonly positions?: Selection;
  /** Whether each position is patched in turn rather than together. Default false. */
  readonly byPosition?: boolean;
}

/** The options of {@link neurons}: which neurons are patched at which positions. */
export interface NeuronPatchOptions extends PatchOptions {
  /** The neurons, as [layer, neuron]. */
  readonly neurons: readonly (readonly [layer: number, neuron: number])[];
  /** The positions that are patched together: the same for all pairs. Default: all. */
  readonly positions?: Selection;
}

/** What patching one position does: a row of the table of {@link positions}. */
export interface PositionPatchEffect extends PatchEffect {
  /** The hook point. */
  point: string;
  /** The layer, from 0. */
  layer: number;
  /** The position in the prompt, from 0. */
  position: number;
}

/** What patching one head does: a row of the table of {@link heads}. */
export interface HeadPatchEffect extends PatchEffect {
  /** The hook point. */
  point: string;
  /** The layer, from 0. */
  layer: number;
  /** The head, from 0; at hook points of keys and values the key/value head. */
  head: number;
  /** The position in the prompt, from 0, where each position is patched in turn. */
  position?: number;
}

/** What patching one neuron does: a row of the table of {@link neurons}. */
export interface NeuronPatchEffect extends PatchEffect {
  /** The hook point. */
  point: string;
  /** The layer, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
}

const point = z.string("to be a hook point or a glob").optional();

/**
 * Returns what patching one position of one hook point at a time does to a metric. See {@link
 * patch}.
 *
 * @param model the model that is patched.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which hook points and positions.
 * @returns a row for each pair, hook point and position.
 * @throws CircuitbookError if the prompts are not pairs of equal length, or a hook point or
 * position does not exist.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const pairs = { clean: "11 + 5 =", corrupted: "11 + 4 =" };
 * const table = await patching.positions(model, pairs, { metric });
 * assertEquals(table.height, 8 * model.tokens("11 + 5 =")[0].length);
 * ```
 */
export async function positions(
  model: Model,
  pairs: PromptPairs,
  options: PositionPatchOptions,
): Promise<TableOf<PositionPatchEffect>> {
  checkArguments("positions", { model: [model, aModel], pairs: [pairs, promptPairs] });
  checkOptions(
    options,
    z.strictObject({ ...patchShape, at: point, positions: positionsSchema.optional() }),
    "positions",
  );
  const { at = "blocks.*.hook_resid_pre", positions = {}, ...rest } = options;
  const points = pointsOfLayers(model, at);
  const chosen = positionsByRow(positions, model.tokens(pairs.clean));
  return await patch(
    model,
    pairs,
    (row) =>
      points.flatMap(({ name, layer }) =>
        chosen[row].map((position) => ({
          names: { point: name, layer, position },
          targets: [{ at: name, positions: [position] }],
        }))
      ),
    rest,
  );
}

/**
 * Returns what patching one head at a time does to a metric, at all positions or at each in turn.
 * At hook points of keys and values, the heads are key/value heads. See {@link patch}.
 *
 * @param model the model that is patched.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which hook points and positions.
 * @returns a row for each pair, hook point and head (and position, with `byPosition`).
 * @throws CircuitbookError if the prompts are not pairs of equal length, a hook point or position
 * does not exist, or a hook point has no heads.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const table = await patching.heads(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, {
 *   metric,
 * });
 * assertEquals(table.height, 48);
 * ```
 */
export async function heads(
  model: Model,
  pairs: PromptPairs,
  options: HeadPatchOptions,
): Promise<TableOf<HeadPatchEffect>> {
  checkArguments("heads", { model: [model, aModel], pairs: [pairs, promptPairs] });
  const own = { at: point, positions: selection.optional(), byPosition: yesOrNo.optional() };
  checkOptions(options, z.strictObject({ ...patchShape, ...own }), "heads");
  const { at = "blocks.*.attn.hook_z", positions, byPosition = false, ...rest } = options;
  const points = pointsOfLayers(model, at);
  refuseHeadless(points);
  return await patch(model, pairs, (_, length) => {
    const inTurn = byPosition ? resolveSelection(positions ?? {}, length, "position") : [undefined];
    return points.flatMap(({ name, layer, sizes }) =>
      Array.from({ length: sizes.head ?? sizes.kv_head }, (_, head) =>
        inTurn.map((position) => ({
          names: { point: name, layer, head, ...position !== undefined && { position } },
          targets: [{
            at: name,
            heads: [head],
            positions: position === undefined ? positions : [position],
          }],
        }))).flat()
    );
  }, rest);
}

/**
 * Returns what patching one neuron at a time does to a metric. See {@link patch}.
 *
 * @param model the model that is patched.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which neurons and positions.
 * @returns a row for each pair and neuron.
 * @throws CircuitbookError if the prompts are not pairs of equal length, or a neuron or position
 * does not exist.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const options = { metric, neurons: [[6, 17], [7, 3]] as const, positions: [-1] };
 * const table = await patching.neurons(
 *   model,
 *   { clean: "11 + 5 =", corrupted: "11 + 4 =" },
 *   options,
 * );
 * assertEquals(table.height, 2);
 * ```
 */
export async function neurons(
  model: Model,
  pairs: PromptPairs,
  options: NeuronPatchOptions,
): Promise<TableOf<NeuronPatchEffect>> {
  checkArguments("neurons", { model: [model, aModel], pairs: [pairs, promptPairs] });
  checkOptions(
    options,
    z.strictObject({ ...patchShape, neurons: neuronList, positions: selection.optional() }),
    "neurons",
  );
  const { neurons, positions, ...rest } = options;
  const patches = resolvedNeurons(neurons, model).map(([layer, neuron]) => {
    const at = pointAt.mlpPost(layer);
    return { names: { point: at, layer, neuron }, targets: [{ at, neurons: [neuron], positions }] };
  });
  return await patch(model, pairs, patches, rest);
}
