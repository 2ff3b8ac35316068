import { z } from "zod";
import type { CurveRow } from "../curves.ts";
import { keptRows } from "../progress_state.ts";

const whole = z.int().min(0);

/** The schema of a {@link GrpoState}. */
export const grpoStateSchema = z.strictObject({
  /**
   * How many updates were made, and how many steps of the optimizer: an update in which every group
   * has equal rewards takes no step.
   */
  update: whole,
  optimizerStep: whole,
  tokens: whole,
  seconds: z.number(),
  rows: keptRows,
});

/**
 * How far a run is. With weights and moments, this is all that the next updates depend on: their
 * draws are seeded by the number of the update.
 */
export type GrpoState = Omit<z.output<typeof grpoStateSchema>, "rows"> & { rows: CurveRow[] };

/** Returns the state of a run that begins. */
export function freshState(): GrpoState {
  return { update: 0, optimizerStep: 0, tokens: 0, seconds: 0, rows: [] };
}
