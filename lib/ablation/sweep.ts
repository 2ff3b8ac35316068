import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { intervene, interventionTaps, lastLogits, promptGroups } from "../model/interventions.ts";
import type { Input } from "../model/plan/batch.ts";
import type { EditTarget } from "../model/plan/edit.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { ablated, type AblationKind } from "./ablate.ts";

/** What is ablated in turn, and how the model is judged. */
export interface SweepOptions extends Watch {
  readonly metric: Metric;
  /** What takes the place of an activation. Default zero. */
  readonly kind?: AblationKind;
  /** The prompts that `mean` and `resample` refer to. Default: the first 16 of those that are ablated. */
  readonly reference?: Input;
  /** The first position that is ablated, for each prompt: by default the first of all. */
  readonly from?: readonly number[];
  /** Runs that are done together, at most; the table does not depend on it. */
  readonly batchSize?: number;
  /** For the draws of `resample`. */
  readonly seed?: number;
}

/** One thing that a sweep ablates, and the columns that name it in the table. */
export interface Part<Names extends Record<string, number | string>> {
  readonly names: Names;
  readonly targets: readonly Pick<EditTarget, "at" | "heads" | "neurons" | "positions" | "keys">[];
}

/** The options of every sweep. */
export const sweepShape = {
  ...watch,
  metric: metricOption,
  kind: z.enum(["zero", "mean", "resample"], 'to be "zero", "mean" or "resample"').optional(),
  from: z.array(wholeNumber, "to be a list of positions").optional(),
  batchSize: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  reference: anything,
};
/** Prompts that `mean` and `resample` refer to. */
const REFERENCE_PROMPTS = 16;

/**
 * Ablates parts of a model in turn and returns what that does to a metric of the last logits, as a table: `row`, the names of
 * the part, `baseline`, `value`, `effect` (value − baseline).
 *
 * A run starts at the first point that is ablated, from what one unedited run left there: the layers before it, and the
 * positions before the first that is ablated, are not run again. Several parts are rows of one batch.
 *
 * @throws CircuitbookError when a part does not exist.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const parts = [5, 6, 7].map((layer) => ({
 *   names: { layer },
 *   targets: [{ at: `blocks.${layer}.hook_mlp_out`, positions: [-1] }],
 * }));
 * const table = await ablation.sweep(model, "11 + 5 = ", parts, { metric: (logits) => logits[0], kind: "zero" });
 * assertEquals(table.columns, ["row", "layer", "baseline", "value", "effect"]);
 * ```
 */
export async function sweep<Names extends Record<string, number | string>>(
  model: Model,
  input: Input,
  parts: readonly Part<Names>[],
  options: SweepOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(sweepShape), "sweep");
  const { kind = "zero", from, seed = 0, batchSize, signal, onProgress } = options;
  const rows = model.tokens(input);
  const metric = metricFunction(options.metric, rows, model.architecture);
  if (!parts.length) {
    throw new CircuitbookError("Expected at least one part to ablate but found none.");
  }
  checkFrom(from, rows.length);
  const points = [...new Set(parts.flatMap(({ targets }) => targets.map(({ at }) => at)))];
  const tap = interventionTaps(model, points);
  const others = options.reference === undefined
    ? rows.slice(0, REFERENCE_PROMPTS)
    : model.tokens(options.reference);
  const reference = kind === "zero" ? undefined : await model.run(others, { tap: points, signal });
  const records: Record<string, number | string>[][] = [];
  for (const { members, rows: prompts } of promptGroups(model, rows, tap)) {
    const base = await model.run(prompts, { tap, logits: [-1], signal });
    const jobs = members.flatMap((member, row) =>
      parts.map(({ names, targets }) => ({
        row,
        names,
        edits: targets.flatMap((target) => editsOf(target, member)),
      }))
    );
    const values = await intervene(model, base, jobs, {
      metric: (logits, row) => metric(logits, members[row]),
      label: `ablate in ${members.length} of ${rows.length} prompts`,
      batchSize,
      signal,
      onProgress,
    });
    members.forEach((member, row) => {
      const baseline = metric(lastLogits(base, row), member);
      const own = values.slice(row * parts.length);
      records[member] = parts.map(({ names }, part) => {
        return { row: member, ...names, baseline, value: own[part], effect: own[part] - baseline };
      });
    });
  }
  return pl.DataFrame(records.flat());

  function editsOf(target: Part<Names>["targets"][number], row: number) {
    const positions = target.positions ?? (from && { from: from[row] });
    const edits = ablated([{ ...target, positions }], {
      kind,
      reference,
      rows: [rows[row]],
      seed: seed + row,
    });
    return edits.map(({ rows: _, ...edit }) => edit);
  }
}

/** Refuses first positions that are not one for each prompt. */
function checkFrom(from: readonly number[] | undefined, prompts: number): void {
  if (!from || from.length === prompts) return;
  throw new CircuitbookError(
    `Expected a first position for each of ${prompts} prompts but found ${from.length}.`,
  );
}
