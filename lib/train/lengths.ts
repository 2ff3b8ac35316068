import { throwIfStopped, type Watch } from "../base/progress.ts";
import type { BatchStream } from "./batches.ts";
import type { Learner } from "./learner.ts";
import type { Optimizer } from "./optimizer/optimizer.ts";
import type { Phase } from "./recipe.ts";

/** A phase with its stream of batches and its optimizer. */
export interface Stage {
  readonly phase: Phase;
  readonly stream: BatchStream;
  readonly optimizer: Optimizer;
}

/** How many batches are timed, after a first one in which everything is compiled. */
const TIMED = 3;

/**
 * Returns how many steps each phase has. If the length is given in minutes, the first batches are
 * computed on trial, without an update, and the number of steps follows from their time. This is
 * done once, so that a resumed run has the same number of steps.
 *
 * @param options `minutes` for all phases together, divided like the lengths of the recipe
 * (undefined: the lengths of the recipe hold); `now` returns seconds on a steady clock.
 */
export async function stepsOf(
  stages: readonly Stage[],
  learner: Learner,
  { minutes, now, signal }: Pick<Watch, "signal"> & { minutes?: number; now: () => number },
): Promise<number[]> {
  const steps: number[] = [];
  for (const { phase: { length }, ...stage } of stages) {
    const fixed = "steps" in length ? length.steps : undefined;
    if (fixed !== undefined && minutes === undefined) steps.push(fixed);
    else {
      const seconds = 60 *
        (minutes === undefined ? minutesOf(length) : minutes * shareOf(length, stages));
      steps.push(
        Math.max(1, Math.round(seconds / await secondsPerBatch(stage, learner, now, signal))),
      );
    }
  }
  return steps;
}

/**
 * Returns the share of a phase in the whole length: by minutes if all phases have minutes, by steps
 * if all have steps, else in equal parts.
 */
function shareOf(length: Phase["length"], stages: readonly Stage[]): number {
  const lengths = stages.map(({ phase }) => phase.length);
  const known = lengths.every((one) => "minutes" in one)
    ? minutesOf
    : lengths.every((one) => "steps" in one)
    ? count
    : one;
  return known(length) / lengths.reduce((sum, other) => sum + known(other), 0);
}

function minutesOf(length: Phase["length"]): number {
  return "minutes" in length ? length.minutes : 0;
}

function count(length: Phase["length"]): number {
  return "steps" in length ? length.steps : 0;
}

function one(): number {
  return 1;
}

/**
 * Returns the seconds that a batch of mean size takes. The first batches are computed and their
 * results forgotten.
 */
async function secondsPerBatch(
  { stream, optimizer }: Omit<Stage, "phase">,
  learner: Learner,
  now: () => number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const batches = stream.batchesOf(0);
  const before = optimizer.state;
  let began = 0;
  let padded = 0;
  for (let i = 0; i <= TIMED; i++) {
    throwIfStopped(signal);
    if (i === 1) began = now();
    const batch = batches[i % batches.length];
    const { gradients } = await learner.lossGradients(batch);
    await optimizer.step(learner.weights, gradients);
    if (i > 0) padded += batch.padded;
  }
  const seconds = now() - began;
  optimizer.forget(before);
  return seconds / padded * batches.reduce((sum, batch) => sum + batch.padded, 0) / batches.length;
}
