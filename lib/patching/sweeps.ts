import type pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { headAxis, type HookPoint, hookPoints, matchPoints } from "../model/plan/hook_points.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, positions as positionsSchema, selection, yesOrNo } from "../base/options.ts";
import type { PromptPairs } from "../model/prompt_pairs.ts";
import { neuronList, resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { type Positions, positionsByRow } from "../model/plan/positions.ts";
import { patch, type PatchOptions, patchShape } from "./activations.ts";

/** Where {@link positions} patches. */
export interface PositionPatchOptions extends PatchOptions {
  /** Hook point or glob. Default `blocks.*.hook_resid_pre`. */
  readonly at?: string;
  /** Positions, each patched in turn: the same for all rows, or a list for each. Default all. */
  readonly positions?: Positions;
}

/** Where {@link heads} patches. */
export interface HeadPatchOptions extends PatchOptions {
  /** Hook point or glob with heads. Default `blocks.*.attn.hook_z`. */
  readonly at?: string;
  /** Positions that are patched together: the same for all rows. Default all. */
  readonly positions?: Selection;
  /** Patch each position in turn as well. Default false. */
  readonly byPosition?: boolean;
}

/** Where {@link neurons} patches. */
export interface NeuronPatchOptions extends PatchOptions {
  /** Pairs of layer and neuron. */
  readonly neurons: readonly (readonly [layer: number, neuron: number])[];
  /** Positions that are patched together: the same for all rows. Default all. */
  readonly positions?: Selection;
}

const point = z.string("to be a hook point or a glob").optional();

/**
 * Patches one position of one hook point at a time: a table with `row`, `point`, `layer`, `position`, `corrupted`, `clean`,
 * `value` and `restored`. See {@link patch}.
 *
 * @throws CircuitbookError for prompts that are no pairs, and points and positions that are not there.
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
): Promise<pl.DataFrame> {
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
 * Patches one head at a time, at all positions or each in turn: a table with `row`, `point`, `layer`, `head` (and `position`),
 * `corrupted`, `clean`, `value` and `restored`. Heads of keys and values are those of their own axis. See {@link patch}.
 *
 * @throws CircuitbookError for prompts that are no pairs, and points and positions that are not there.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const table = await patching.heads(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, { metric });
 * assertEquals(table.height, 48);
 * ```
 */
export async function heads(
  model: Model,
  pairs: PromptPairs,
  options: HeadPatchOptions,
): Promise<pl.DataFrame> {
  const own = { at: point, positions: selection.optional(), byPosition: yesOrNo.optional() };
  checkOptions(options, z.strictObject({ ...patchShape, ...own }), "heads");
  const { at = "blocks.*.attn.hook_z", positions, byPosition = false, ...rest } = options;
  const points = pointsOfLayers(model, at);
  refuseHeadless(points);
  return await patch(model, pairs, (_, length) => {
    const places = byPosition ? resolveSelection(positions ?? {}, length, "position") : [undefined];
    return points.flatMap(({ name, layer, sizes }) =>
      Array.from({ length: sizes.head ?? sizes.kv_head }, (_, head) =>
        places.map((position) => ({
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
 * Patches one neuron at a time: a table with `row`, `point`, `layer`, `neuron`, `corrupted`, `clean`, `value` and `restored`. See
 * {@link patch}.
 *
 * @throws CircuitbookError for prompts that are no pairs, and neurons and positions that are not there.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const options = { metric, neurons: [[6, 17], [7, 3]] as const, positions: [-1] };
 * const table = await patching.neurons(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, options);
 * assertEquals(table.height, 2);
 * ```
 */
export async function neurons(
  model: Model,
  pairs: PromptPairs,
  options: NeuronPatchOptions,
): Promise<pl.DataFrame> {
  checkOptions(
    options,
    z.strictObject({ ...patchShape, neurons: neuronList, positions: selection.optional() }),
    "neurons",
  );
  const { neurons, positions, ...rest } = options;
  const patches = resolvedNeurons(neurons, model).map(([layer, neuron]) => {
    const at = `blocks.${layer}.mlp.hook_post`;
    return { names: { point: at, layer, neuron }, targets: [{ at, neurons: [neuron], positions }] };
  });
  return await patch(model, pairs, patches, rest);
}

/** Hook points of layers. @throws CircuitbookError when one is outside. */
export function pointsOfLayers(
  { architecture }: Model,
  at: string,
): (HookPoint & { layer: number })[] {
  return matchPoints(at, hookPoints(architecture)).map((point) => {
    if (point.layer !== undefined) return { ...point, layer: point.layer };
    throw new CircuitbookError(
      `Expected hook points of layers to patch but found "${point.name}".`,
    );
  });
}

/** @throws CircuitbookError when a hook point has no heads. */
export function refuseHeadless(points: readonly HookPoint[]): void {
  const headless = points.find((point) => !headAxis(point));
  if (!headless) return;
  throw new CircuitbookError(
    `Expected hook points with heads but found "${headless.name}", which has the axes ${
      headless.axes.join(", ")
    }.`,
  );
}
