import { z } from "zod";

const share = z.number("to be a share from 0 to 1").min(0, "to be a share from 0 to 1")
  .max(1, "to be a share from 0 to 1");

/** How the rate goes over the steps of a phase: up from 0 over the warm-up, then down in a line, or constant. */
export const scheduleSettings = z.strictObject({
  kind: z.enum(["linear", "constant"], 'to be "linear" or "constant"').default("linear"),
  /** The share of the steps in which the rate rises. */
  warmUp: share.default(0.02),
  /** With "linear": the factor at the end. */
  last: share.default(0.05),
}, "to be a schedule");

/** A schedule with its defaults. */
export type Schedule = z.output<typeof scheduleSettings>;

/**
 * The factor of the rates at a step of a phase, from 0 to 1.
 *
 * @param step from 0 on.
 * @param steps how many the phase has.
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
export function rateFactor(step: number, steps: number, { kind, warmUp, last }: Schedule): number {
  // In the middle of a step: so neither the first is without effect, nor is one above the peak.
  const done = (step + 0.5) / steps;
  const rising = Math.max(warmUp, 1 / steps);
  if (warmUp > 0 && done < rising) return Math.min(1, (step + 1) / (rising * steps));
  if (kind === "constant") return 1;
  return 1 - (1 - last) * (done - warmUp) / (1 - warmUp || 1);
}
