import { CircuitbookError, InterruptedError } from "../base/errors.ts";
import { Meter, stopSignal, throwIfStopped, type Watch } from "../base/progress.ts";
import type { RunFolder } from "../checkpoint/run_folder.ts";
import { BatchStream, lengthBuckets, type TokenBatch } from "./batches.ts";
import type { CurveRow } from "./curves.ts";
import type { Learner } from "./learner.ts";
import { type Stage, stepsOf } from "./lengths.ts";
import { Optimizer } from "./optimizer.ts";
import { type Progress, readProgress, restoredFrom, tensorsOf } from "./progress_state.ts";
import type { LoopResult, Recipe } from "./recipe.ts";
import { rateFactor } from "./schedule.ts";

/** How a training run is watched, kept and cut short. */
export interface TrainerOptions extends Watch {
  /** Where state is kept, and what is there is gone on from. */
  readonly run?: RunFolder;
  /** How long all phases take together; as the recipe has it where this is undefined. */
  readonly minutes?: number;
  /** Told each row of the curves as it is made. */
  readonly onStep?: (row: CurveRow) => void;
  /** Seconds on a steady clock. */
  readonly now?: () => number;
}

/**
 * Trains a model on the phases of a recipe, step by step: batch, gradients, update; validation, and state that is kept, now
 * and then. A run that was stopped, or killed, and goes on from its folder ends with the weights and curves of one that was
 * not, to the last bit on the CPU.
 */
export class Trainer {
  private readonly stages: readonly Stage[];
  private readonly validation: readonly TokenBatch[];
  private readonly now: () => number;
  private progress!: Progress;
  private keptAt = 0;

  constructor(
    private readonly recipe: Recipe,
    private readonly learner: Learner,
    private readonly options: TrainerOptions = {},
  ) {
    const { tokenizer } = learner.model, { seed, phases = [], validation } = recipe;
    this.stages = phases.map((phase) => ({
      phase,
      stream: new BatchStream(phase.documents, { tokenizer, batchTokens: phase.batchTokens, seed }),
      optimizer: Optimizer.of(learner.architecture, phase.optimizer),
    }));
    const [{ batchTokens }] = phases;
    this.validation = validation ? lengthBuckets(validation.documents(), { tokenizer, batchTokens }) : [];
    this.now = options.now ?? (() => performance.now() / 1000);
  }

  /**
   * Trains to the end; the learner then has the trained weights.
   *
   * @throws CircuitbookError when a loss or gradient is not finite, naming the step and the last state that was kept;
   * InterruptedError when stopped, after the state was kept.
   */
  async train(): Promise<LoopResult> {
    const signal = stopSignal(this.options.signal);
    await this.begin(signal);
    // A stop is heard here, after the state was kept, and not by the meter.
    const heard = new AbortController().signal;
    const total = this.progress.steps.reduce((a, b) => a + b, 0);
    const meter = new Meter("train", total, "steps", { signal: heard, onProgress: this.options.onProgress });
    try {
      if (this.progress.step) await meter.advance(this.progress.step);
      while (this.progress.step < total) {
        if (signal?.aborted) throw await this.interrupted();
        const row = await this.step();
        await meter.advance(1, this.note(row));
        await this.keepNowAndThen();
      }
      await this.keep();
    } finally {
      meter.end();
      for (const { optimizer } of this.stages) await optimizer.dispose();
    }
    const { rows, step, tokens, seconds } = this.progress;
    return { rows, steps: step, tokens, seconds };
  }

  /** Goes on from what was kept, or begins: then the number of steps is settled, and kept. */
  private async begin(signal: AbortSignal | undefined): Promise<void> {
    const kept = this.options.run?.kept;
    this.keptAt = this.now();
    if (kept) {
      this.progress = readProgress(kept.state);
      const { weights, moments } = restoredFrom(await kept.tensors());
      this.learner.set(weights);
      this.stages[this.progress.phase].stream.place = this.progress.place;
      this.stages[this.progress.phase].optimizer.restore({ step: this.progress.optimizerStep, moments });
      return;
    }
    throwIfStopped(signal);
    const steps = await stepsOf(this.stages, this.learner, { ...this.options, now: this.now, signal });
    const fresh = { phase: 0, stepInPhase: 0, step: 0, optimizerStep: 0, tokens: 0, seconds: 0, rows: [] };
    this.progress = { ...fresh, steps, place: { block: 0, batch: 0 } };
    await this.keep();
  }

  /** One step, and its row. */
  private async step(): Promise<CurveRow> {
    const { progress, learner } = this, began = this.now(), { phase, stream, optimizer } = this.stages[progress.phase];
    const batch = stream.next(), steps = progress.steps[progress.phase];
    const factor = rateFactor(progress.stepInPhase, steps, phase.schedule);
    const { loss, gradients } = await learner.lossGradients(batch);
    this.checkFinite("loss", loss);
    const { weights, norm } = await optimizer.step(learner.weights, gradients, factor);
    this.checkFinite("norm of the gradient", norm);
    learner.set(weights);
    const step = progress.step + 1, tokens = progress.tokens + batch.tokens, last = progress.stepInPhase + 1 === steps;
    const validation = await this.validationLoss(step, last);
    const seconds = progress.seconds + this.now() - began;
    const row: CurveRow = {
      ...{ step, tokens, loss, ...validation === undefined ? {} : { validation } },
      ...{ norm, rate: factor, seconds },
    };
    progress.rows.push(row);
    this.options.onStep?.(row);
    this.progress = {
      ...{ ...progress, step, tokens, seconds, optimizerStep: optimizer.state.step },
      ...{ stepInPhase: progress.stepInPhase + 1, place: stream.place },
    };
    if (last && progress.phase + 1 < this.stages.length) {
      this.progress = { ...this.progress, phase: progress.phase + 1, stepInPhase: 0, optimizerStep: 0 };
      this.progress = { ...this.progress, place: { block: 0, batch: 0 } };
    }
    return row;
  }

  /** The mean loss of held-out documents, in nats per token, where it is due. */
  private async validationLoss(step: number, last: boolean): Promise<number | undefined> {
    const every = this.recipe.validation?.every;
    if (!every || step % every && !last) return undefined;
    let sum = 0, tokens = 0;
    for (const { rows, weights, tokens: counted } of this.validation) {
      const found = await this.learner.model.logProbabilities(rows);
      found.forEach((row, r) => row.forEach((value, t) => sum -= weights[r][t] * counted * value));
      tokens += counted;
    }
    this.checkFinite("validation loss", sum);
    return sum / tokens;
  }

  private checkFinite(what: string, value: number): void {
    if (Number.isFinite(value)) return;
    const path = this.options.run?.kept?.path;
    const kept = path ? `the last good state is in ${path}` : "no state was kept";
    throw new CircuitbookError(
      `Expected a finite ${what} at step ${this.progress.step + 1} but found ${value}; ${kept}; try a lower rate.`,
    );
  }

  private async keepNowAndThen(): Promise<void> {
    if (this.now() - this.keptAt >= 60 * this.recipe.keepEvery.minutes) await this.keep();
  }

  private async keep(): Promise<void> {
    const { run } = this.options, { phase, step } = this.progress;
    this.keptAt = this.now();
    const { architecture: { shapes }, weights } = this.learner;
    await run?.keep(step, { ...this.progress }, tensorsOf(shapes, weights, this.stages[phase].optimizer.state.moments));
  }

  private async interrupted(): Promise<InterruptedError> {
    await this.keep();
    const { step, steps } = this.progress, { run } = this.options, total = steps.reduce((a, b) => a + b, 0);
    const kept = run ? `kept in ${run.path}; go on by --resume` : "nothing was kept, but the learner has its weights";
    return new InterruptedError(`Interrupted: ${step} of ${total} steps are done; ${kept}.`);
  }

  /** `loss 0.571 · 8,012 tokens/s`, over the last steps. */
  private note({ step, tokens = 0, loss = 0, seconds = 0 }: CurveRow): string {
    const before = this.progress.rows[Math.max(0, this.progress.rows.length - 20)];
    const passed = seconds - (before.seconds ?? 0), done = tokens - (before.tokens ?? 0);
    const speed = step > before.step && passed > 0
      ? ` · ${Math.round(done / passed).toLocaleString("en")} tokens/s`
      : "";
    return `loss ${loss.toPrecision(3)}${speed}`;
  }
}
