import pl from "nodejs-polars";
import { z } from "zod";
import { resolveSelection, type Selection } from "../../base/tensor.ts";
import { headAxis, type HookPoint, isAttentionGrid } from "../../model/plan/hook_points.ts";
import type { Model } from "../../model/model.ts";
import { checkOptions, selection, yesOrNo } from "../../base/options.ts";
import type { PromptPairs } from "../../model/prompt_pairs.ts";
import { judged } from "../../patching/activations.ts";
import { pointsOfLayers, refuseHeadless } from "../../patching/sweeps.ts";
import {
  type EstimateOptions,
  estimateShape,
  measuredPairs,
  type PairEstimates,
  sumsAlong,
} from "./estimates.ts";

/** Which activations are estimated. */
export interface PlaceOptions extends EstimateOptions {
  /** Hook point or glob. */
  readonly at?: string;
  /** Positions that count: the same for all rows. Default all. */
  readonly positions?: Selection;
}

/** Which heads are estimated. */
export interface HeadEstimateOptions extends PlaceOptions {
  /** A line for each position as well. Default false. */
  readonly byPosition?: boolean;
}

const placeShape = {
  ...estimateShape,
  at: z.string("to be a hook point or a glob").optional(),
  positions: selection.optional(),
};

/**
 * Attribution patching of heads: an estimate, by one gradient, of what `patching.heads` measures, as a table with its columns: `row`,
 * `point`, `layer`, `head` (and `position`), `corrupted`, `clean`, `value` and `restored`, and the `estimate` itself, `value` − `corrupted`.
 *
 * It is (clean − corrupted activation) × the gradient of the metric in the corrupted run, summed over features and positions: exact where
 * the metric is linear in the activation. Nanda, Attribution Patching (2023); Syed, Rager and Conmy, arXiv 2310.10348; where it goes
 * wrong (saturated attention, effects that cancel): Kramár et al., arXiv 2403.00745.
 *
 * @throws CircuitbookError for prompts that are no pairs, and points without heads.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.patching.heads(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, { metric });
 * assertEquals(table.height, 48);
 * ```
 */
export async function heads(
  model: Model,
  pairs: PromptPairs,
  options: HeadEstimateOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject({ ...placeShape, byPosition: yesOrNo.optional() }), "heads");
  const { at = "blocks.*.attn.hook_z", positions, byPosition = false, ...rest } = options;
  const points = pointsOfLayers(model, at);
  refuseHeadless(points);
  return await swept(model, pairs, points, rest, (pair, point) => {
    const whole = pair.at(point.name);
    const axis = positionAxis(point);
    const chosen = resolveSelection(positions ?? {}, whole.size(axis), "position");
    const sums = (
      places: number[],
    ) => [...sumsAlong(whole.slice({ [axis]: places }), headAxis(point)!)];
    if (!byPosition) return sums(chosen).map((estimate, head) => ({ head, estimate }));
    return chosen.flatMap((position) =>
      sums([position]).map((estimate, head) => ({ head, position, estimate }))
    );
  });
}

/**
 * Attribution patching of MLPs: a line for each layer, with the columns of {@link heads} but `head`. Any hook point of layers will do in
 * place of `blocks.*.hook_mlp_out`.
 *
 * @throws CircuitbookError for prompts that are no pairs, and points and positions that are not there.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.patching.mlps(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, { metric });
 * assertEquals(table.height, 8);
 * ```
 */
export async function mlps(
  model: Model,
  pairs: PromptPairs,
  options: PlaceOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(placeShape), "mlps");
  const { at = "blocks.*.hook_mlp_out", positions, ...rest } = options;
  return await swept(model, pairs, pointsOfLayers(model, at), rest, (pair, point) => {
    const sums = sumsAlong(pair.at(point.name), positionAxis(point));
    const chosen = resolveSelection(positions ?? {}, sums.length, "position");
    return [{ estimate: chosen.reduce((sum, position) => sum + sums[position], 0) }];
  });
}

/**
 * Attribution patching of the residual stream, or any hook point, position by position: a line for each layer and position, with the
 * columns of {@link heads} but `position` for `head`.
 *
 * @throws CircuitbookError for prompts that are no pairs, and points and positions that are not there.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const pairs = { clean: "11 + 5 =", corrupted: "11 + 4 =" };
 * const table = await attribution.patching.positions(model, pairs, { metric, positions: [-1] });
 * assertEquals(table.height, 8);
 * ```
 */
export async function positions(
  model: Model,
  pairs: PromptPairs,
  options: PlaceOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(placeShape), "positions");
  const { at = "blocks.*.hook_resid_pre", positions, ...rest } = options;
  return await swept(model, pairs, pointsOfLayers(model, at), rest, (pair, point) => {
    const sums = sumsAlong(pair.at(point.name), positionAxis(point));
    const chosen = resolveSelection(positions ?? {}, sums.length, "position");
    return chosen.map((position) => ({ position, estimate: sums[position] }));
  });
}

/** The axis of the positions whose activation it is: in a grid, those that look. */
function positionAxis(point: HookPoint): "query" | "position" {
  return isAttentionGrid(point) ? "query" : "position";
}

/** A line for each pair, point and what is measured there. */
async function swept(
  model: Model,
  pairs: PromptPairs,
  points: readonly HookPoint[],
  options: EstimateOptions,
  measure: (pair: PairEstimates, point: HookPoint) => { estimate: number }[],
): Promise<pl.DataFrame> {
  const found = await measuredPairs(
    model,
    pairs,
    points,
    options,
    (pair) =>
      points.flatMap((point) =>
        measure(pair, point).map(({ estimate, ...names }) => ({
          row: pair.row,
          point: point.name,
          layer: point.layer!,
          ...names,
          ...judged(pair.corrupted, pair.clean, pair.corrupted + estimate),
          estimate,
        }))
      ),
  );
  return pl.DataFrame(found.flat());
}
