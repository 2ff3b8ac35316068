import { z } from "zod";
import { anything, atLeastOne, watch, wholeNumber } from "../base/options.ts";
import type { Watch } from "../base/progress.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { type AblationKind, ablationKind } from "./ablate.ts";

/** How a sweep ablates, and how the model is judged. */
export interface SweepOptions extends Watch {
  /** The number by which each run is judged, such as `{ logitDifference: [a, b] }`. */
  readonly metric: Metric;
  /** What replaces the activations. Default `zero`. */
  readonly kind?: AblationKind;
  /**
   * The prompts that `mean` and `resample` refer to, or an unedited run of these prompts that has
   * tapped what is ablated. Default: the first 16 prompts of `input`.
   */
  readonly reference?: Input | Cache;
  /** The first position that is ablated, for each prompt. Default: 0. */
  readonly from?: readonly number[];
  /** How many runs are done together at most. The table does not depend on this number. */
  readonly batchSize?: number;
  /** The seed of the draws of `resample`. Default 0. */
  readonly seed?: number;
}

/** The schemas of {@link SweepOptions}. */
export const sweepShape = {
  ...watch,
  metric: metricOption,
  kind: ablationKind.optional(),
  from: z.array(wholeNumber, "to be a list of positions").optional(),
  batchSize: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  reference: anything,
};
