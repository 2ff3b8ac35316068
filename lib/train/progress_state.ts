import { z } from "zod";
import type { CurveRow } from "./curves.ts";

const whole = z.int().min(0);

/** The rows of curves as they are kept: columns that a step did not measure are left out. */
export const keptRows = z.array(z.looseObject({ step: whole }).catchall(z.number()));

/** The schema of a {@link Progress}. */
export const progressSchema = z.strictObject({
  /**
   * The index of the phase that the next step belongs to, and how many steps of that phase are
   * done.
   */
  phase: whole,
  stepInPhase: whole,
  /** How many steps are done in all phases together, and how many steps each phase has. */
  step: whole,
  steps: z.array(whole),
  optimizerStep: whole,
  /** The place of the next batch in the stream of the phase. */
  place: z.strictObject({ block: whole, batch: whole }),
  tokens: whole,
  seconds: z.number(),
  rows: keptRows,
});

/** How far a run is. With weights and moments, this is all that the next steps depend on. */
export type Progress = Omit<z.output<typeof progressSchema>, "rows"> & { rows: CurveRow[] };

/** Returns the progress of a run that begins, with the number of steps of each phase. */
export function freshProgress(steps: number[]): Progress {
  return { steps, step: 0, tokens: 0, seconds: 0, rows: [], ...phaseStart(0) };
}

/** Returns the part of the progress that changes when a phase begins. */
export function phaseStart(
  phase: number,
): Pick<Progress, "phase" | "stepInPhase" | "optimizerStep" | "place"> {
  return { phase, stepInPhase: 0, optimizerStep: 0, place: { block: 0, batch: 0 } };
}
