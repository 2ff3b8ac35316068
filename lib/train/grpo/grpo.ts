import { mean } from "simple-statistics";
import { InterruptedError } from "../../base/errors.ts";
import { Meter, stopSignal } from "../../base/progress.ts";
import { valueCosines } from "../../compare/value_cosines.ts";
import type { Model } from "../../model/model.ts";
import { checkOptions } from "../../base/options.ts";
import type { CurveRow } from "../curves.ts";
import { advantages, divergence, microbatches, policyBatch, withDivergence } from "./advantages.ts";
import { type Experience, rollOut } from "./rollouts.ts";
import {
  type AskPrompts,
  type GrpoSettings,
  grpoSettings,
  type GrpoSettingsInput,
} from "./settings.ts";
import { freshState, type GrpoState, grpoStateSchema } from "./state.ts";
import { Keeper, neverStopped } from "../keeper.ts";
import { Optimizer } from "../optimizer/optimizer.ts";
import type { LoopJob, LoopResult } from "../recipe.ts";
import { summedGradients, type WeightGradients } from "../summed_gradients.ts";

/** The prompts on which a model is tuned, and the model with which it is compared. */
export interface GrpoTask {
  /** Returns the prompts of an update, with what their completions earn. */
  readonly ask: AskPrompts;
  /** The model before tuning, from which divergence and distance are measured. */
  readonly base: Model;
}

/**
 * Tunes a model by reinforcement learning with group-relative rewards. Each update asks some
 * prompts, lets the present model complete each several times, weights every token of a completion
 * by how much better the completion was than the others of its prompt, and takes one step. The
 * method is on policy: each completion is used once, so the gradient is clipped but no probability
 * ratio is.
 *
 * The rows of the curves have the columns
 * - `step`, `reward` and its parts by name;
 * - `length` (tokens of a completion) and `ended` (the share of completions that wrote the end
 * token);
 * - `tokens` (of all completions so far), `loss`, `norm` and `seconds`;
 * - at some updates `KL to base`, in nats per token, measured before the update over the model's
 *   own completions: over all completions if `kl` is set, otherwise over the first completion of
 *   each prompt;
 * - at the same updates, for models with MLPs, `distance from base` (1 − the mean cosine of value
 * vectors) and `greatest distance` (the greatest of the layers' means), measured after the update.
 *
 * A run that was stopped or killed and then continued from its folder has the same curves as an
 * uninterrupted run.
 *
 * Shao et al., DeepSeekMath (arXiv 2402.03300). The divergence from the base is part of the loss,
 * and off unless `kl` is set.
 *
 * @param job the learner, the seed, and how the run is watched and kept.
 * @param task the prompts with their rewards, and the model before tuning.
 * @param settings the number of updates, the sizes of groups, and the optimizer.
 * @returns the curves, and how long the run took. The learner has the tuned weights.
 * @throws CircuitbookError if a setting is of the wrong kind, or if a loss or gradient is not
 * finite.
 * @throws InterruptedError if stopped, after the state was kept.
 *
 * @example
 * ```ts
 * import { loadModel, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const base = await loadModel("countdown-base");
 * const weights = new Map<string, Float32Array<ArrayBuffer>>();
 * for (const name of base.checkpoint.tensors.keys()) {
 *   weights.set(name, await base.checkpoint.read(name));
 * }
 * const learner = training.Learner.ofWeights(base.checkpoint.config, base.tokenizer, weights);
 * const earns = (completion: string) => ({ total: completion.length });
 * const [prompt] = base.tokens("11 + 5 =");
 * const ask: training.AskPrompts = ({ count }) => new Array(count).fill({ prompt, earns });
 * const optimizer = { adam: { rate: 1e-4 } };
 * const settings = { updates: 1, problems: 1, rollouts: 2, maxNewTokens: 4, optimizer };
 * const { steps } = await training.grpo({ learner, seed: 1 }, { ask, base }, settings);
 * assertEquals(steps, 1);
 * ```
 */
export async function grpo(
  job: LoopJob,
  task: GrpoTask,
  settings: GrpoSettingsInput,
): Promise<LoopResult> {
  checkOptions(settings, grpoSettings, "grpo");
  return await new Grpo(job, task, grpoSettings.parse(settings)).run();
}

class Grpo {
  #state: GrpoState = freshState();
  readonly #optimizer: Optimizer;
  readonly #keeper: Keeper<GrpoState>;
  /** The number of the update after which state was last kept. */
  #keptAt = 0;

  readonly #job: LoopJob;
  readonly #task: GrpoTask;
  readonly #settings: GrpoSettings;

  constructor(
    job: LoopJob,
    task: GrpoTask,
    settings: GrpoSettings,
  ) {
    this.#job = job;
    this.#task = task;
    this.#settings = settings;

    this.#optimizer = Optimizer.of(job.learner, settings.optimizer);
    this.#keeper = new Keeper(grpoStateSchema, job.learner, job.run);
  }

  async run(): Promise<LoopResult> {
    const signal = stopSignal(this.#job.signal);
    try {
      await this.#begin();
      await this.#walk(signal);
      await this.#keep();
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
      // The update that was cut short is drawn again after a resume, with the same tokens.
      await this.#keep();
      throw this.#keeper.interrupted(`${this.#state.update} of ${this.#settings.updates} updates`);
    } finally {
      await this.#optimizer.dispose();
    }
    const { rows, update, tokens, seconds } = this.#state;
    return { rows, steps: update, tokens, seconds };
  }

  async #begin(): Promise<void> {
    const kept = await this.#keeper.restored();
    if (!kept) return await this.#keep();
    this.#state = kept.state;
    this.#keptAt = this.#state.update;
    this.#optimizer.restore({ step: this.#state.optimizerStep, moments: kept.moments });
  }

  /** Runs the updates that are left, as far as there is time. */
  async #walk(signal: AbortSignal | undefined): Promise<void> {
    const { onProgress, onStep } = this.#job;
    const { updates } = this.#settings;
    const meter = new Meter("tune", updates, "updates", { onProgress, signal: neverStopped });
    try {
      await meter.advance(this.#state.update);
      while (this.#state.update < updates && !this.#timeIsUp()) {
        const row = await this.#update(signal);
        onStep?.(row);
        await meter.advance(1, note(row));
      }
    } finally {
      meter.end();
    }
  }

  #timeIsUp(): boolean {
    return this.#job.minutes !== undefined && this.#state.seconds >= 60 * this.#job.minutes;
  }

  /**
   * Runs one update and returns its row.
   *
   * @throws InterruptedError if stopped while completions are drawn; nothing has changed then.
   */
  async #update(signal: AbortSignal | undefined): Promise<CurveRow> {
    const state = this.#state;
    const began = performance.now();
    const number = state.update + 1;
    const { experience, measured, loss, gradients } = await this.#experienced(number, signal);
    this.#keeper.checkFinite("loss", loss, `at update ${number}`);
    const norm = gradients ? await this.#step(gradients, number) : 0;
    const distances = this.#measures(number) ? await this.#distance() : {};
    const lengths = experience.rollouts.map(({ completion }) => completion.length);
    const tokens = state.tokens + lengths.reduce((a, b) => a + b, 0);
    const seconds = state.seconds + (performance.now() - began) / 1000;
    const row: CurveRow = {
      step: number,
      ...experience.earned,
      length: mean(lengths),
      ended: experience.ended,
      tokens,
      loss,
      norm,
      ...measured,
      ...distances,
      seconds,
    };
    state.rows.push(row);
    this.#state = {
      ...state,
      update: number,
      tokens,
      seconds,
      optimizerStep: this.#optimizer.state.step,
    };
    return row;
  }

  /**
   * Returns the completions of an update with their gradients. If the prompts are refused, or the
   * memory does not suffice, the state before the update is kept.
   *
   * @throws InterruptedError if stopped while completions are drawn.
   */
  async #experienced(number: number, signal: AbortSignal | undefined) {
    const { learner, seed, onProgress } = this.#job;
    const settings = this.#settings;
    try {
      const experience = await rollOut(learner.model, this.#task.ask, settings, {
        seed,
        update: number,
        signal,
        onProgress,
      });
      const { batch, measured } = await this.#batchOf(experience, number);
      const parts = microbatches(batch, settings.microbatch);
      return { experience, measured, ...await summedGradients(learner, parts) };
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      await this.#keep();
      throw this.#keeper.refused(error);
    }
  }

  /**
   * Returns the rows for the gradient, and the divergence from the base if this update measures it.
   */
  async #batchOf({ rollouts, rewards, promptLength }: Experience, number: number) {
    const { kl, rollouts: size } = this.#settings;
    const worth = advantages(rewards, size);
    const weighted = rollouts.map((rollout, i) => ({ ...rollout, advantage: worth[i] }));
    const batch = policyBatch(weighted, { keepAll: kl > 0 });
    const measures = kl > 0 || this.#measures(number);
    if (!measures) return { batch, measured: {} };
    const first = weighted.filter((_, i) => i % size === 0);
    const rows = kl > 0 ? batch.rows : policyBatch(first, { keepAll: true }).rows;
    const [own, base] = await Promise.all(
      [this.#job.learner.model, this.#task.base].map((model) => model.logProbabilities(rows)),
    );
    const each = own.flatMap((row, r) =>
      row.slice(promptLength - 1).map((p, t) => divergence(p, base[r][t + promptLength - 1]))
    );
    const measured = { "KL to base": mean(each) };
    if (!kl) return { batch, measured };
    return {
      batch: withDivergence(batch, { kl, base, promptLength, logProbabilities: own }),
      measured,
    };
  }

  /** Takes one step of the optimizer and returns the norm of the gradient. */
  async #step(gradients: WeightGradients, number: number): Promise<number> {
    const { learner } = this.#job;
    const optimizer = this.#optimizer;
    const before = optimizer.state;
    const { weights, norm } = await optimizer.step(learner.weights, gradients);
    this.#keeper.checkFinite("norm of the gradient", norm, `at update ${number}`);
    // A finite loss and gradient show that the weights of the last update are good to keep.
    if (this.#state.update - this.#keptAt >= this.#settings.keepEvery) await this.#keep(before);
    learner.set(weights);
    return norm;
  }

  #measures(number: number): boolean {
    return number === 1 || number % this.#settings.measureEvery === 0;
  }

  async #distance(): Promise<Record<string, number>> {
    const { learner } = this.#job;
    const { base } = this.#task;
    if (!learner.architecture.dMlp) return {};
    const { mean, lowest } = await valueCosines(base.checkpoint, learner.model.checkpoint, {
      signal: neverStopped,
      onProgress: () => {},
    });
    return { "distance from base": 1 - mean, "greatest distance": 1 - lowest };
  }

  async #keep(optimizer = this.#optimizer.state): Promise<void> {
    this.#keptAt = this.#state.update;
    await this.#keeper.keep(this.#state.update, this.#state, optimizer);
  }
}

/** `reward 1.21 · 152 tokens each`. */
function note({ reward = 0, length = 0 }: CurveRow): string {
  return `reward ${reward.toFixed(2)} · ${Math.round(length)} tokens each`;
}
