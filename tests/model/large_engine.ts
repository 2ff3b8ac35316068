import { checkpoints, families, type Model } from "circuitbook";
import { Engine } from "../../lib/model/engine/engine.ts";
import type { Plan } from "../../lib/model/plan/plan.ts";

/** Returns an engine that treats a model as large. */
export async function largeEngine({ checkpoint: { folder } }: Model): Promise<Engine> {
  const checkpoint = await checkpoints.openCheckpoint(folder);
  const architecture = families.architectureOfCheckpoint(checkpoint);
  return new Engine(architecture, checkpoint, "cpu", { prepackLimitBytes: 0 });
}

/** A pass of an engine: its plan, and its number of rows (batch × position). */
export interface RecordedPass {
  readonly plan: Plan;
  readonly count: number;
}

/** Returns a list to which every pass of an engine is added. */
export function passesOf(engine: Engine): RecordedPass[] {
  const passes: RecordedPass[] = [];
  const forward = engine.forwardKeeping.bind(engine);
  engine.forwardKeeping = (plan, view, extra) => {
    passes.push({ plan, count: view.batch * view.columns });
    return forward(plan, view, extra);
  };
  return passes;
}
