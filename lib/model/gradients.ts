import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import type { Architecture } from "./plan/architecture.ts";
import { Cache } from "./plan/cache.ts";
import { type Edit, parseEdits } from "./plan/edit.ts";
import type { Engine } from "./engine/engine.ts";
import { hookPoints, matchPoints } from "./plan/hook_points.ts";
import type { MetricData } from "./plan/metric.ts";
import { metricTap, metricValues, rowMetric } from "./plan/row_metric.ts";
import { anything, checkOptions, positions, watch } from "../base/options.ts";
import { recomputedGradients } from "./engine/recomputed_gradients.ts";
import { runPasses } from "./engine/passes.ts";
import type { Positions } from "./plan/positions.ts";
import { listTaps, type RoleTap, type Taps } from "./plan/tap.ts";

/**
 * The activations with respect to which a metric is differentiated, and the taps and edits of the
 * run.
 */
export interface GradientOptions extends Watch {
  /**
   * The hook points whose activations the metric is differentiated by: names, globs, or names with
   * positions and heads.
   */
  readonly at: Taps;
  /** Activations to return from the forward pass of the gradients. */
  readonly tap?: Taps;
  /** The positions of every hook point and tap that names none of its own. Default: all. */
  readonly positions?: Positions;
  /** Edits, applied in order. Gradients are with respect to the edited activations. */
  readonly edit?: Edit | readonly Edit[];
  /**
   * Whether the activations that the reverse pass needs are kept, or computed again layer by layer.
   * "recompute" costs one more forward pass and needs the memory of one layer. Default "keep".
   */
  readonly activations?: "keep" | "recompute";
}

/** The gradients of a metric. */
export interface Gradients {
  /** The value of the metric for each row. */
  readonly values: readonly number[];
  /**
   * The gradient of each row's metric by its activations, by hook point. Its axes are those of the
   * activation.
   */
  readonly gradients: Cache;
  /** The activations that were tapped. */
  readonly cache: Cache;
}

const gradientSchema = z.strictObject({
  ...watch,
  at: anything,
  tap: anything,
  edit: anything,
  positions: positions.optional(),
  activations: z.enum(["keep", "recompute"], 'to be "keep" or "recompute"').optional(),
});

/** Returns the gradients of a metric by activations, computed for some rows at a time. */
export async function gradientRows(
  engine: Engine,
  rows: readonly (readonly number[])[],
  metric: MetricData,
  options: GradientOptions,
): Promise<Gradients> {
  checkOptions(options, gradientSchema, "gradients");
  const { at, tap, positions, activations = "keep", edit = [], signal, onProgress } = options;
  if (at === undefined) {
    throw new CircuitbookError("Expected hook points to differentiate by but found none; set at.");
  }
  const scalar = rowMetric(metric, rows, engine.architecture);
  const by: RoleTap[] = listTaps(at, positions).map((point) => ({ ...point, role: "gradient" }));
  refuseLater(scalar.at, by, engine.architecture);
  const taps = tap === undefined ? [] : listTaps(tap, positions);
  if (activations === "recompute") {
    const settings = { edits: parseEdits(edit), metric: scalar, watch: { signal, onProgress } };
    const { gradients, items } = await recomputedGradients(engine, rows, by, settings);
    const cache = taps.length
      ? (await runPasses(engine, rows, { taps, edit, signal, onProgress, label: "run" })).cache
      : new Cache(new Map(), rows, []);
    return { values: metricValues(scalar, items), gradients, cache };
  }
  const { cache, gradients, items } = await runPasses(engine, rows, {
    taps: [...by, ...taps, metricTap(scalar)],
    edit,
    metric: scalar,
    signal,
    onProgress,
    label: "gradients",
  });
  return { values: metricValues(scalar, items), gradients, cache };
}

/** Refuses hook points after the one that a metric reads: the metric does not depend on them. */
function refuseLater(end: string, by: readonly RoleTap[], architecture: Architecture): void {
  const points = hookPoints(architecture);
  const names = points.map(({ name }) => name);
  const last = names.indexOf(end);
  const late = by.flatMap(({ at }) => matchPoints(at, points)).find(({ name }) =>
    names.indexOf(name) > last
  );
  if (!late) return;
  throw new CircuitbookError(
    `Expected hook points up to ${end}, which the metric reads, but found "${late.name}"; the metric does not depend on it.`,
  );
}
