import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import type { Cache } from "./cache.ts";
import type { Edit } from "./edit.ts";
import type { Engine } from "./engine.ts";
import { type GradientMetric, metricValues, type RowMetric, rowMetric } from "./metric.ts";
import { anything, checkOptions, positions, watch } from "./options.ts";
import { runTaps } from "./run.ts";
import { listTaps, type Positions, type RoleTap, type Taps } from "./tap.ts";

/** What gradients are asked by. */
export interface GradientOptions extends Watch {
  /** Hook points that the gradients are by: names, globs, or names with positions and heads. */
  readonly at: Taps;
  /** Activations to return from the same pass. */
  readonly tap?: Taps;
  /** Positions of every point and tap that names none of its own. */
  readonly positions?: Positions;
  /** Edits, in order. Gradients are by the activations after the edits of their points. */
  readonly edit?: Edit | readonly Edit[];
}

/** The gradients of a metric. */
export interface Gradients {
  /** The metric of each row. */
  readonly values: readonly number[];
  /** The gradient of each row's metric by its activations, by hook point, with the axes of the activation. */
  readonly gradients: Cache;
  /** What `tap` asked for. */
  readonly cache: Cache;
}

const gradientSchema = z.strictObject({
  ...watch,
  ...{ at: anything, tap: anything, edit: anything, positions: positions.optional() },
});

/** The gradients of a metric by activations, some rows at a time. */
export async function gradientRows(
  engine: Engine,
  rows: readonly (readonly number[])[],
  metric: GradientMetric,
  options: GradientOptions,
): Promise<Gradients> {
  checkOptions(options, gradientSchema, "gradients");
  const { at, tap, positions } = options;
  if (at === undefined) throw new CircuitbookError("Expected hook points to differentiate by but found none; set at.");
  const scalar = rowMetric(metric, rows, engine.architecture);
  const by: RoleTap[] = listTaps(at, positions).map((point) => ({ ...point, role: "gradient" }));
  const taps = [...by, ...tap === undefined ? [] : listTaps(tap, positions), metricTap(scalar)];
  const { cache, gradients, items } = await runTaps(engine, rows, taps, options, "gradients", scalar);
  return { values: metricValues(scalar, items), gradients, cache };
}

/** The tap that a metric reads. */
export function metricTap({ at, positions }: RowMetric): RoleTap {
  return { at, positions, role: "metric" };
}
