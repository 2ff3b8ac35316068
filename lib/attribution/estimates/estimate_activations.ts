import { z } from "zod";
import { checkArguments } from "../../base/arguments.ts";
import { aModel, promptPairs } from "../../model/plan/kinds.ts";
import { resolveSelection, type Selection } from "../../base/tensor.ts";
import { headAxis, type HookPoint, isAttentionGrid } from "../../model/plan/hook_points.ts";
import type { Model } from "../../model/model.ts";
import { checkOptions, selection, yesOrNo } from "../../base/options.ts";
import type { PromptPairs } from "../../model/prompt_pairs.ts";
import { pointsOfLayers, refuseHeadless } from "../../patching/layer_points.ts";
import { type PatchEffect, restoration } from "../../patching/patch.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import {
  type EstimateOptions,
  estimateShape,
  measuredPairs,
  type PairEstimates,
  sumsAlong,
} from "./pair_estimates.ts";

/** Which activations are estimated. */
export interface ActivationEstimateOptions extends EstimateOptions {
  /**
   * A hook point or a glob. Default: `blocks.*.attn.hook_z` for heads, `blocks.*.hook_mlp_out` for
   * MLPs, `blocks.*.hook_resid_pre` for positions.
   */
  readonly at?: string;
  /** The positions that count: the same for all pairs. Default: all. */
  readonly positions?: Selection;
}

/** The options of {@link estimateHeads}. */
export interface HeadEstimateOptions extends ActivationEstimateOptions {
  /** Whether each position has a row of its own. Default false. */
  readonly byPosition?: boolean;
}

/** The estimated effect of patching one hook point: a row of the table of {@link estimateMlps}. */
export interface ActivationEstimate extends PatchEffect {
  /** The hook point. */
  point: string;
  /** The layer, from 0. */
  layer: number;
  /** The estimated gain of the metric: `value` minus `corrupted`. */
  estimate: number;
}

/** The estimated effect of patching one head: a row of the table of {@link estimateHeads}. */
export interface HeadEstimate extends ActivationEstimate {
  /** The head, from 0; at hook points of keys and values the key/value head. */
  head: number;
  /** The position in the prompt, from 0, with `byPosition`. */
  position?: number;
}

/** The columns that name a head in the table of {@link estimateHeads}. */
type HeadNames = Pick<HeadEstimate, "head" | "position">;

/**
 * The estimated effect of patching one position: a row of the table of {@link estimatePositions}.
 */
export interface PositionEstimate extends ActivationEstimate {
  /** The position in the prompt, from 0. */
  position: number;
}

const activationShape = {
  ...estimateShape,
  at: z.string("to be a hook point or a glob").optional(),
  positions: selection.optional(),
};

/**
 * Returns what attribution patching estimates for heads: by one gradient, the effect that
 * `patching.heads` measures with a run for each head.
 *
 * The estimate is (clean − corrupted activation) × the gradient of the metric in the corrupted run,
 * summed over features and positions. It is exact if the metric is linear in the activation. Nanda,
 * Attribution Patching (2023); Syed, Rager and Conmy, arXiv 2310.10348. Kramár et al., arXiv
 * 2403.00745, show where the estimate fails: saturated attention, and effects that cancel.
 *
 * @param model the model.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which hook points and positions.
 * @returns a row for each pair, hook point and head (and position, with `byPosition`).
 * @throws CircuitbookError if the prompts are not pairs of equal length, or a hook point has no
 * heads.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.estimateHeads(model, {
 *   clean: "11 + 5 =",
 *   corrupted: "11 + 4 =",
 * }, {
 *   metric,
 *   at: "blocks.7.attn.hook_z",
 * });
 * assertEquals(table.height, 6);
 * ```
 */
export async function estimateHeads(
  model: Model,
  pairs: PromptPairs,
  options: HeadEstimateOptions,
): Promise<TableOf<HeadEstimate>> {
  checkArguments("estimateHeads", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
  });

  checkOptions(
    options,
    z.strictObject({ ...activationShape, byPosition: yesOrNo.optional() }),
    "estimateHeads",
  );
  const { at = "blocks.*.attn.hook_z", positions, byPosition = false, ...rest } = options;
  const points = pointsOfLayers(model, at);
  refuseHeadless(points);
  return await estimated<HeadNames>(model, pairs, points, rest, (pair, point) => {
    const whole = pair.at(point.name);
    const axis = positionAxis(point);
    const chosen = resolveSelection(positions ?? {}, whole.size(axis), "position");
    const sums = (over: number[]) => [
      ...sumsAlong(whole.slice({ [axis]: over }), headAxis(point)!),
    ];
    if (!byPosition) return sums(chosen).map((estimate, head) => ({ names: { head }, estimate }));
    return chosen.flatMap((position) =>
      sums([position]).map((estimate, head) => ({ names: { head, position }, estimate }))
    );
  });
}

/**
 * Returns what attribution patching estimates for the MLP of each layer, or for any other hook
 * point of the layers. See {@link estimateHeads}.
 *
 * @param model the model.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which hook points and positions.
 * @returns a row for each pair and hook point.
 * @throws CircuitbookError if the prompts are not pairs of equal length, or a hook point or
 * position does not exist.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.estimateMlps(
 *   model,
 *   { clean: "11 + 5 =", corrupted: "11 + 4 =" },
 *   {
 *     metric,
 *     at: "blocks.7.hook_mlp_out",
 *   },
 * );
 * assertEquals(table.height, 1);
 * ```
 */
export async function estimateMlps(
  model: Model,
  pairs: PromptPairs,
  options: ActivationEstimateOptions,
): Promise<TableOf<ActivationEstimate>> {
  checkArguments("estimateMlps", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
  });

  checkOptions(options, z.strictObject(activationShape), "estimateMlps");
  const { at = "blocks.*.hook_mlp_out", positions, ...rest } = options;
  return await estimated(model, pairs, pointsOfLayers(model, at), rest, (pair, point) => {
    const sums = sumsAlong(pair.at(point.name), positionAxis(point));
    const chosen = resolveSelection(positions ?? {}, sums.length, "position");
    const estimate = chosen.reduce((sum, position) => sum + sums[position], 0);
    return [{ names: {}, estimate }];
  });
}

/**
 * Returns what attribution patching estimates for each position of the residual stream, or of any
 * other hook point of the layers. See {@link estimateHeads}.
 *
 * @param model the model.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; which hook points and positions.
 * @returns a row for each pair, hook point and position.
 * @throws CircuitbookError if the prompts are not pairs of equal length, or a hook point or
 * position does not exist.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const pairs = { clean: "11 + 5 =", corrupted: "11 + 4 =" };
 * const table = await attribution.estimatePositions(model, pairs, {
 *   metric,
 *   at: "blocks.7.hook_resid_pre",
 *   positions: [-1],
 * });
 * assertEquals(table.height, 1);
 * ```
 */
export async function estimatePositions(
  model: Model,
  pairs: PromptPairs,
  options: ActivationEstimateOptions,
): Promise<TableOf<PositionEstimate>> {
  checkArguments("estimatePositions", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
  });

  checkOptions(options, z.strictObject(activationShape), "estimatePositions");
  const { at = "blocks.*.hook_resid_pre", positions, ...rest } = options;
  return await estimated(model, pairs, pointsOfLayers(model, at), rest, (pair, point) => {
    const sums = sumsAlong(pair.at(point.name), positionAxis(point));
    const chosen = resolveSelection(positions ?? {}, sums.length, "position");
    return chosen.map((position) => ({ names: { position }, estimate: sums[position] }));
  });
}

/** Returns the axis of positions: in attention grids, the positions that look. */
function positionAxis(point: HookPoint): "query" | "position" {
  return isAttentionGrid(point) ? "query" : "position";
}

/** Returns a row for each pair, hook point, and estimate that `measure` finds there. */
async function estimated<Names extends object>(
  model: Model,
  pairs: PromptPairs,
  points: readonly HookPoint[],
  options: EstimateOptions,
  measure: (pair: PairEstimates, point: HookPoint) => { names: Names; estimate: number }[],
): Promise<TableOf<ActivationEstimate & Names>> {
  const found = await measuredPairs(
    model,
    pairs,
    points,
    options,
    (pair) =>
      points.flatMap((point) =>
        measure(pair, point).map(({ names, estimate }) => ({
          row: pair.row,
          point: point.name,
          layer: point.layer!,
          ...names,
          ...restoration(pair.corrupted, pair.clean, pair.corrupted + estimate),
          estimate,
        }))
      ),
  );
  return tableOf(found.flat());
}
