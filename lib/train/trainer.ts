import type { InterruptedError } from "../base/errors.ts";
import { Meter, stopSignal, throwIfStopped, type Watch } from "../base/progress.ts";
import type { RunFolder } from "./run/run_folder.ts";
import { BatchStream, lengthBuckets, type TokenBatch } from "./batches.ts";
import type { CurveRow } from "./curves.ts";
import { Keeper, neverStopped } from "./keeper.ts";
import type { Learner } from "./learner.ts";
import { type Stage, stepsOf } from "./lengths.ts";
import { Optimizer, type OptimizerState } from "./optimizer/optimizer.ts";
import { freshProgress, phaseStart, type Progress, progressSchema } from "./progress_state.ts";
import type { LoopResult, Recipe } from "./recipe.ts";
import { rateFactor } from "./optimizer/schedule.ts";
import { countText } from "../base/formats.ts";

/** How a training run is watched, kept and shortened. */
export interface TrainerOptions extends Watch {
  /** The folder in which state is kept. A state that is there is continued. */
  readonly run?: RunFolder;
  /** How many minutes all phases take together; undefined: as the recipe has it. */
  readonly minutes?: number;
  /** Called with each row of the curves as it is made. */
  readonly onStep?: (row: CurveRow) => void;
  /** Returns seconds on a steady clock. */
  readonly now?: () => number;
}

/** The weights and the optimizer's state before a step. */
interface StateBefore {
  readonly weights: Learner["weights"];
  readonly optimizer: OptimizerState;
}

/**
 * Trains a model on the phases of a recipe, step by step: batch, gradients, update, and at some
 * steps validation and keeping of state. A run that was stopped or killed, and then continued from
 * its folder, ends with the weights and curves of a run that was not, to the last bit on the CPU.
 */
export class Trainer {
  readonly #stages: readonly Stage[];
  readonly #validation: readonly TokenBatch[];
  readonly #now: () => number;
  readonly #keeper: Keeper<Progress>;
  #progress = freshProgress([]);
  #keptAt = 0;

  readonly #recipe: Recipe;
  readonly #learner: Learner;
  readonly #options: TrainerOptions;

  constructor(
    recipe: Recipe,
    learner: Learner,
    options: TrainerOptions = {},
  ) {
    this.#recipe = recipe;
    this.#learner = learner;
    this.#options = options;

    const { tokenizer } = learner.model;
    const { seed, phases = [], validation } = recipe;
    this.#stages = phases.map((phase) => ({
      phase,
      stream: new BatchStream(phase.documents, { tokenizer, batchTokens: phase.batchTokens, seed }),
      optimizer: Optimizer.of(learner, phase.optimizer),
    }));
    const [{ batchTokens }] = phases;
    this.#validation = validation
      ? lengthBuckets(validation.documents(), { tokenizer, batchTokens })
      : [];
    this.#now = options.now ?? (() => performance.now() / 1000);
    this.#keeper = new Keeper(progressSchema, learner, options.run);
  }

  /**
   * Trains to the end; the learner then has the trained weights.
   *
   * @throws CircuitbookError if a loss or gradient is not finite; names the step and the last state
   * that was kept.
   * @throws InterruptedError if stopped, after the state was kept.
   */
  async train(): Promise<LoopResult> {
    const signal = stopSignal(this.#options.signal);
    try {
      await this.#begin(signal);
      await this.#walk(signal);
      await this.#keep();
    } finally {
      for (const { optimizer } of this.#stages) await optimizer.dispose();
    }
    const { rows, step, tokens, seconds } = this.#progress;
    return { rows, steps: step, tokens, seconds };
  }

  /**
   * Continues from the state that was kept, or begins: then the number of steps is settled, and
   * kept.
   */
  async #begin(signal: AbortSignal | undefined): Promise<void> {
    this.#keptAt = this.#now();
    const kept = await this.#keeper.restored();
    if (kept) {
      this.#progress = kept.state;
      const { stream, optimizer } = this.#stages[this.#progress.phase];
      stream.place = this.#progress.place;
      optimizer.restore({ step: this.#progress.optimizerStep, moments: kept.moments });
      return;
    }
    throwIfStopped(signal);
    const { minutes } = this.#options;
    this.#progress = freshProgress(
      await stepsOf(this.#stages, this.#learner, { minutes, now: this.#now, signal }),
    );
    await this.#keep();
  }

  /** Takes the steps that are left. */
  async #walk(signal: AbortSignal | undefined): Promise<void> {
    const { onProgress, onStep } = this.#options;
    const total = this.#total;
    const meter = new Meter("train", total, "steps", { signal: neverStopped, onProgress });
    try {
      if (this.#progress.step) await meter.advance(this.#progress.step);
      while (this.#progress.step < total) {
        if (signal?.aborted) throw await this.#interrupted();
        const row = await this.#step();
        onStep?.(row);
        await meter.advance(1, this.#note(row));
      }
    } finally {
      meter.end();
    }
  }

  /** Takes one step and returns its row. */
  async #step(): Promise<CurveRow> {
    const progress = this.#progress;
    const learner = this.#learner;
    const keeper = this.#keeper;
    const { phase, stream, optimizer } = this.#stages[progress.phase];
    const began = this.#now();
    const step = progress.step + 1;
    const steps = progress.steps[progress.phase];
    const before = { weights: new Map(learner.weights), optimizer: optimizer.state };
    const { batch, loss, gradients } = await this.#orKept(before, async () => {
      const batch = stream.next();
      return { batch, ...await learner.lossGradients(batch) };
    });
    keeper.checkFinite("loss", loss, `at step ${step}`);
    const rate = rateFactor(progress.stepInPhase, steps, phase.schedule);
    const { weights, norm } = await optimizer.step(learner.weights, gradients, rate);
    keeper.checkFinite("norm of the gradient", norm, `at step ${step}`);
    // A finite loss and gradient show that the weights of the last step are good to keep.
    await this.#keepNowAndThen(before.optimizer);
    learner.set(weights);
    const last = progress.stepInPhase + 1 === steps;
    const validation = await this.#orKept(before, () => this.#validationLoss(step, last));
    if (validation !== undefined) {
      keeper.checkFinite("validation loss", validation, `after step ${step}`);
    }
    const tokens = progress.tokens + batch.tokens;
    const seconds = progress.seconds + this.#now() - began;
    const row: CurveRow = {
      step,
      tokens,
      loss,
      ...validation === undefined ? {} : { validation },
      norm,
      rate,
      seconds,
    };
    progress.rows.push(row);
    this.#progress = { ...progress, ...this.#nextPlace(), step, tokens, seconds };
    return row;
  }

  /**
   * Returns what a part of a step returns. If the part throws, for lack of memory or because of its
   * documents, the learner gets the weights before the step again, and the state before the step is
   * kept.
   */
  async #orKept<T>(before: StateBefore, part: () => Promise<T>): Promise<T> {
    try {
      return await part();
    } catch (error) {
      this.#learner.set(before.weights);
      await this.#keep(before.optimizer);
      throw this.#keeper.refused(error);
    }
  }

  /** Returns the place of the next step, in this phase or at the start of the next phase. */
  #nextPlace(): ReturnType<typeof phaseStart> {
    const { phase, stepInPhase, steps } = this.#progress;
    const { stream, optimizer } = this.#stages[phase];
    if (stepInPhase + 1 === steps[phase] && phase + 1 < this.#stages.length) {
      return phaseStart(phase + 1);
    }
    return {
      phase,
      stepInPhase: stepInPhase + 1,
      optimizerStep: optimizer.state.step,
      place: stream.place,
    };
  }

  /** Returns the mean loss of held-out documents in nats per token, if it is due at this step. */
  async #validationLoss(step: number, last: boolean): Promise<number | undefined> {
    const every = this.#recipe.validation?.every;
    if (!every || step % every && !last) return undefined;
    let sum = 0;
    let tokens = 0;
    for (const { rows, weights, tokens: counted } of this.#validation) {
      const found = await this.#learner.model.logProbabilities(rows);
      found.forEach((row, r) => row.forEach((value, t) => sum -= weights[r][t] * counted * value));
      tokens += counted;
    }
    return sum / tokens;
  }

  async #keepNowAndThen(optimizer: OptimizerState): Promise<void> {
    if (this.#now() - this.#keptAt >= 60 * this.#recipe.keepEvery.minutes) {
      await this.#keep(optimizer);
    }
  }

  async #keep(optimizer = this.#stages[this.#progress.phase].optimizer.state): Promise<void> {
    this.#keptAt = this.#now();
    await this.#keeper.keep(this.#progress.step, this.#progress, optimizer);
  }

  async #interrupted(): Promise<InterruptedError> {
    await this.#keep();
    return this.#keeper.interrupted(`${this.#progress.step} of ${this.#total} steps`);
  }

  /** The number of steps of all phases together. */
  get #total(): number {
    return this.#progress.steps.reduce((a, b) => a + b, 0);
  }

  /** Returns the note of the progress bar, over the last steps: `loss 0.571 · 8,012 tokens/s`. */
  #note({ step, tokens = 0, loss = 0, seconds = 0 }: CurveRow): string {
    const before = this.#progress.rows[Math.max(0, this.#progress.rows.length - 20)];
    const passed = seconds - (before.seconds ?? 0);
    const done = tokens - (before.tokens ?? 0);
    const speed = step > before.step && passed > 0
      ? ` · ${countText(Math.round(done / passed))} tokens/s`
      : "";
    return `loss ${loss.toPrecision(3)}${speed}`;
  }
}
