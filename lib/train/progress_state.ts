import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { WritableTensor } from "../checkpoint/write_safetensors.ts";
import type { CurveRow } from "./curves.ts";
import type { Moment } from "./optimizer.ts";

type Weights = Map<string, Float32Array<ArrayBuffer>>;

const whole = z.int().min(0);
const progressSchema = z.strictObject({
  /** The phase that the next step is of, and how many of its steps are done. */
  ...{ phase: whole, stepInPhase: whole },
  /** Steps done in all phases, and how many each phase has. */
  ...{ step: whole, steps: z.array(whole) },
  optimizerStep: whole,
  /** Where the next batch stands. */
  place: z.strictObject({ block: whole, batch: whole }),
  ...{ tokens: whole, seconds: z.number() },
  /** Columns that a step did not measure are left out. */
  rows: z.array(z.looseObject({ step: whole }).catchall(z.number())),
});

/** How far a run is: with weights and moments, all that the next steps depend on. */
export type Progress = Omit<z.output<typeof progressSchema>, "rows"> & { rows: CurveRow[] };

/** Progress as it was kept. @throws CircuitbookError when it is something else. */
export function readProgress(state: unknown): Progress {
  const parsed = progressSchema.safeParse(state);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new CircuitbookError(`Expected the state of a run but found another "${path.join(".")}": ${message}.`);
}

/** Weights and moments as they are written, by names that tell them apart. */
export function tensorsOf(
  shapes: ReadonlyMap<string, readonly number[]>,
  weights: ReadonlyMap<string, Float32Array>,
  moments: ReadonlyMap<string, Moment>,
): Record<string, WritableTensor> {
  return Object.fromEntries([
    ...[...shapes].map(([name, shape]) => [`weight ${name}`, { data: weights.get(name)!, shape }] as const),
    ...[...moments].map(([name, { data, dims }]) => [`moment ${name}`, { data, shape: dims }] as const),
  ]);
}

/** Weights and moments of what was written. */
export function restoredFrom(tensors: ReadonlyMap<string, Float32Array<ArrayBuffer>>): {
  weights: Weights;
  moments: Weights;
} {
  const of = (kind: string): Weights =>
    new Map(
      [...tensors].flatMap(([name, data]) => name.startsWith(`${kind} `) ? [[name.slice(kind.length + 1), data]] : []),
    );
  return { weights: of("weight"), moments: of("moment") };
}
