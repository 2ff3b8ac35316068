import { z } from "zod";
import type { CurveRow } from "./curves.ts";

const whole = z.int().min(0);

/** Rows of curves as they are kept: columns that a step did not measure are left out. */
export const keptRows = z.array(z.looseObject({ step: whole }).catchall(z.number()));

/** How a {@link Progress} is checked. */
export const progressSchema = z.strictObject({
  /** The phase that the next step is of, and how many of its steps are done. */
  phase: whole,
  stepInPhase: whole,
  /** Steps done in all phases, and how many each phase has. */
  step: whole,
  steps: z.array(whole),
  optimizerStep: whole,
  /** Where the next batch stands. */
  place: z.strictObject({ block: whole, batch: whole }),
  tokens: whole,
  seconds: z.number(),
  rows: keptRows,
});

/** How far a run is: with weights and moments, all that the next steps depend on. */
export type Progress = Omit<z.output<typeof progressSchema>, "rows"> & { rows: CurveRow[] };

/** Where a run begins, with the steps of its phases. */
export function freshProgress(steps: number[]): Progress {
  return { steps, step: 0, tokens: 0, seconds: 0, rows: [], ...phaseStart(0) };
}

/** Where a phase begins. */
export function phaseStart(
  phase: number,
): Pick<Progress, "phase" | "stepInPhase" | "optimizerStep" | "place"> {
  return { phase, stepInPhase: 0, optimizerStep: 0, place: { block: 0, batch: 0 } };
}
