import { z } from "zod";
import type { CurveRow } from "../curves.ts";
import { keptRows } from "../progress_state.ts";

const whole = z.int().min(0);

/** How a {@link GrpoState} is checked. */
export const grpoStateSchema = z.strictObject({
  /** Updates done, and the optimizer's steps among them: an update without spread in any group has none. */
  update: whole,
  optimizerStep: whole,
  tokens: whole,
  seconds: z.number(),
  rows: keptRows,
});

/** How far a run is: with weights and moments, all that the next updates depend on, since their draws are seeded by number. */
export type GrpoState = Omit<z.output<typeof grpoStateSchema>, "rows"> & { rows: CurveRow[] };

/** Where a run begins. */
export function freshState(): GrpoState {
  return { update: 0, optimizerStep: 0, tokens: 0, seconds: 0, rows: [] };
}
