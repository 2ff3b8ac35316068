import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";

const share: z.ZodNumber = z.number("to be a share from 0 to 1").min(0, "to be a share from 0 to 1")
  .max(1, "to be a share from 0 to 1");

/**
 * The learning rate over the steps of a phase: it rises from 0 over the warm-up, then falls
 * linearly or stays constant.
 */
export interface Schedule {
  /** What the rate does after the warm-up. Default "linear". */
  readonly kind: "linear" | "constant";
  /** The share of the steps over which the rate rises. Default 0.02. */
  readonly warmUp: number;
  /** The factor at the last step of a "linear" schedule. Default 0.05. */
  readonly last: number;
}

/** Checks a schedule and fills in its defaults. */
export const scheduleSettings: z.ZodType<Schedule, Partial<Schedule>> = z.strictObject({
  kind: z.enum(["linear", "constant"], 'to be "linear" or "constant"').default("linear"),
  warmUp: share.default(0.02),
  last: share.default(0.05),
}, "to be a schedule");

/**
 * Returns the factor of the learning rates at a step of a phase, from 0 to 1.
 *
 * @param step the index of the step, from 0.
 * @param steps how many steps the phase has.
 * @param schedule the form of the schedule.
 * @returns the factor.
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = { kind: "linear", warmUp: 0.5, last: 0 } as const;
 * assertAlmostEquals(training.rateFactor(2, 8, schedule), 0.75);
 * assertAlmostEquals(training.rateFactor(6, 8, schedule), 0.375);
 * ```
 */
export function rateFactor(step: number, steps: number, schedule: Schedule): number {
  checkArguments("rateFactor", {
    step: [step, is.number],
    steps: [steps, is.number],
    schedule: [schedule, is.like("a schedule", "kind", "warmUp", "last")],
  });

  const { kind, warmUp, last } = schedule;
  // The middle of the step: the first step then has an effect, and no step is above the peak.
  const done = (step + 0.5) / steps;
  const rising = Math.max(warmUp, 1 / steps);
  if (warmUp > 0 && done < rising) return Math.min(1, (step + 1) / (rising * steps));
  if (kind === "constant") return 1;
  return 1 - (1 - last) * (done - warmUp) / (1 - warmUp || 1);
}
