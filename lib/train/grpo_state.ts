import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { CurveRow } from "./curves.ts";

const whole = z.int().min(0);

const stateSchema = z.strictObject({
  /** Updates done, and the optimizer's steps among them: an update without spread in any group has none. */
  ...{ update: whole, optimizerStep: whole },
  ...{ tokens: whole, seconds: z.number() },
  rows: z.array(z.looseObject({ step: whole }).catchall(z.number())),
});

/** How far a run is: with weights and moments, all that the next updates depend on, since their draws are seeded by number. */
export type GrpoState = Omit<z.output<typeof stateSchema>, "rows"> & { rows: CurveRow[] };

/** Where a run begins. */
export function freshState(): GrpoState {
  return { update: 0, optimizerStep: 0, tokens: 0, seconds: 0, rows: [] };
}

/** A state as it was kept. @throws CircuitbookError when it is something else. */
export function readState(state: unknown): GrpoState {
  const parsed = stateSchema.safeParse(state);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new CircuitbookError(`Expected the state of a run but found another "${path.join(".")}": ${message}.`);
}
