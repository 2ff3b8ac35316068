import { mean } from "simple-statistics";
import { CircuitbookError, InterruptedError } from "../base/errors.ts";
import { Meter, stopSignal } from "../base/progress.ts";
import { valueCosines } from "../compare/value_cosines.ts";
import type { Model } from "../model/model.ts";
import { checkOptions } from "../model/options.ts";
import type { EngineTensor } from "../model/runtime.ts";
import type { CurveRow } from "./curves.ts";
import {
  advantages,
  divergence,
  microbatches,
  type PolicyBatch,
  policyBatch,
  withDivergence,
} from "./grpo_advantages.ts";
import { type Experience, rollOut } from "./grpo_rollouts.ts";
import { type AskPrompts, type GrpoSettings, grpoSettings, type GrpoSettingsInput } from "./grpo_settings.ts";
import { freshState, type GrpoState, readState } from "./grpo_state.ts";
import { Optimizer } from "./optimizer.ts";
import { restoredFrom, tensorsOf } from "./progress_state.ts";
import type { LoopJob, LoopResult } from "./recipe.ts";

/** What a model is tuned from, and by. */
export interface GrpoTask {
  readonly ask: AskPrompts;
  /** The model as it was before: what divergence and distance are measured from. */
  readonly base: Model;
}

/**
 * Tunes a model by reinforcement learning with group-relative rewards: each update asks some prompts, lets the model as it
 * is complete each several times, weights every token of a completion by how much better it was than the others of its
 * prompt, and takes one step. On policy: each completion is used once, so that nothing is clipped but the gradient.
 *
 * Rows of the curves: `step`, `reward` and its parts by name, `length` (tokens of a completion), `ended` (share that wrote the
 * end token), `tokens` (of all completions so far), `loss`, `norm`, `seconds`; now and then `KL to base` (nats per token, on the
 * update's own completions, before it) and, after it, `distance from base` (1 − the mean cosine of value vectors) and
 * `greatest distance` (of a layer's mean). A run that was stopped, or killed, and goes on from its folder has the same curves.
 *
 * Shao et al., DeepSeekMath (arXiv 2402.03300), with the divergence from the base inside the loss, off unless `kl` is set.
 *
 * @throws CircuitbookError for settings of the wrong kind, and when a loss or gradient is not finite; InterruptedError when
 * stopped, after the state was kept.
 *
 * @example
 * ```ts
 * import { type AskPrompts, grpo, Learner, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const base = await loadModel("countdown-base"), weights = new Map<string, Float32Array<ArrayBuffer>>();
 * for (const name of base.checkpoint.tensors.keys()) weights.set(name, await base.checkpoint.read(name));
 * const learner = new Learner(base.checkpoint.config, base.tokenizer, weights);
 * const earns = (completion: string) => ({ total: completion.length });
 * const ask: AskPrompts = ({ count }) => Array.from({ length: count }, () => ({ prompt: base.tokens("11 + 5 =")[0], earns }));
 * const settings = { updates: 1, problems: 1, rollouts: 2, maxNewTokens: 4, optimizer: { adam: { rate: 1e-4 } } };
 * const { steps } = await grpo({ learner, seed: 1 }, { ask, base }, settings);
 * assertEquals(steps, 1);
 * ```
 */
export async function grpo(job: LoopJob, task: GrpoTask, settings: GrpoSettingsInput): Promise<LoopResult> {
  checkOptions(settings, grpoSettings, "grpo");
  return await new Grpo(job, task, grpoSettings.parse(settings)).run();
}

class Grpo {
  private state: GrpoState = freshState();
  private readonly optimizer: Optimizer;

  constructor(private readonly job: LoopJob, private readonly task: GrpoTask, private readonly settings: GrpoSettings) {
    this.optimizer = Optimizer.of(job.learner.architecture, settings.optimizer);
  }

  async run(): Promise<LoopResult> {
    const { onProgress, onStep } = this.job, { updates, keepEvery } = this.settings;
    const signal = stopSignal(this.job.signal);
    await this.begin();
    const meter = new Meter("tune", updates, "updates", { onProgress, signal: undefined });
    try {
      if (this.state.update) await meter.advance(this.state.update);
      while (this.state.update < updates && !this.timeIsUp()) {
        if (signal?.aborted) throw await this.interrupted();
        const row = await this.update();
        onStep?.(row);
        await meter.advance(1, note(row));
        if (this.state.update % keepEvery === 0) await this.keep();
      }
      await this.keep();
    } finally {
      meter.end();
      await this.optimizer.dispose();
    }
    const { rows, update, tokens, seconds } = this.state;
    return { rows, steps: update, tokens, seconds };
  }

  private timeIsUp(): boolean {
    return this.job.minutes !== undefined && this.state.seconds >= 60 * this.job.minutes;
  }

  private async begin(): Promise<void> {
    const kept = this.job.run?.kept;
    if (!kept) return;
    this.state = readState(kept.state);
    const { weights, moments } = restoredFrom(await kept.tensors());
    this.job.learner.set(weights);
    this.optimizer.restore({ step: this.state.optimizerStep, moments });
  }

  /** One update, and its row. */
  private async update(): Promise<CurveRow> {
    const { job: { learner, seed }, settings, state } = this, began = performance.now();
    const number = state.update + 1;
    const experience = await rollOut(learner.model, this.task.ask, settings, { seed, update: number });
    const { batch, measured } = await this.batchOf(experience, number);
    const taken = batch.rows.length ? await this.step(batch, number) : { loss: 0, norm: 0 };
    const distances = this.measures(number) ? await this.distance() : {};
    const lengths = experience.rollouts.map(({ completion }) => completion.length);
    const tokens = state.tokens + lengths.reduce((a, b) => a + b, 0);
    const seconds = state.seconds + (performance.now() - began) / 1000;
    const row: CurveRow = {
      ...{ step: number, ...experience.earned, length: mean(lengths), ended: experience.ended },
      ...{ tokens, ...taken, ...measured, ...distances, seconds },
    };
    state.rows.push(row);
    this.state = { ...state, update: number, tokens, seconds, optimizerStep: this.optimizer.state.step };
    return row;
  }

  /** What the gradient is computed of, and the divergence from the base where it is measured. */
  private async batchOf({ rollouts, rewards, promptLength }: Experience, number: number) {
    const { kl, rollouts: size, microbatch } = this.settings, worth = advantages(rewards, size);
    const weighted = rollouts.map((rollout, i) => ({ ...rollout, advantage: worth[i] }));
    const batch = policyBatch(weighted, { keepAll: kl > 0 });
    const measures = kl > 0 || this.measures(number);
    if (!measures) return { batch, measured: {} };
    const rows = kl > 0 ? batch.rows : policyBatch(weighted.slice(0, microbatch), { keepAll: true }).rows;
    const [own, base] = await Promise.all(
      [this.job.learner.model, this.task.base].map((model) => model.logProbabilities(rows)),
    );
    const each = own.flatMap((row, r) =>
      row.slice(promptLength - 1).map((p, t) => divergence(p, base[r][t + promptLength - 1]))
    );
    const measured = { "KL to base": mean(each) };
    if (!kl) return { batch, measured };
    return { batch: withDivergence(batch, { kl, base, promptLength, logProbabilities: own }), measured };
  }

  /** Gradients of all microbatches added up, and one step of the optimizer. */
  private async step(batch: PolicyBatch, number: number): Promise<{ loss: number; norm: number }> {
    const { learner } = this.job;
    let loss = 0, sum: Map<string, EngineTensor> | undefined;
    for (const part of microbatches(batch, this.settings.microbatch)) {
      const found = await learner.lossGradients(part);
      loss += found.loss;
      sum = sum ? added(sum, found.gradients) : new Map(found.gradients);
    }
    this.checkFinite("loss", loss, number);
    const { weights, norm } = await this.optimizer.step(learner.weights, sum!);
    this.checkFinite("norm of the gradient", norm, number);
    learner.set(weights);
    return { loss, norm };
  }

  private measures(number: number): boolean {
    return number === 1 || number % this.settings.measureEvery === 0;
  }

  private async distance(): Promise<Record<string, number>> {
    const { job: { learner }, task: { base } } = this;
    const { mean, lowest } = await valueCosines(base.checkpoint, learner.model.checkpoint, { onProgress: () => {} });
    return { "distance from base": 1 - mean, "greatest distance": 1 - lowest };
  }

  private checkFinite(what: string, value: number, number: number): void {
    if (Number.isFinite(value)) return;
    const path = this.job.run?.kept?.path, kept = path ? `the last good state is in ${path}` : "no state was kept";
    throw new CircuitbookError(
      `Expected a finite ${what} at update ${number} but found ${value}; ${kept}; try a lower rate.`,
    );
  }

  private async keep(): Promise<void> {
    const { job: { run, learner }, optimizer, state } = this;
    const tensors = tensorsOf(learner.architecture.shapes, learner.weights, optimizer.state.moments);
    await run?.keep(state.update, { ...state }, tensors);
  }

  private async interrupted(): Promise<InterruptedError> {
    await this.keep();
    const { run } = this.job, { updates } = this.settings;
    const kept = run ? `kept in ${run.path}; go on by --resume` : "nothing was kept, but the learner has its weights";
    return new InterruptedError(`Interrupted: ${this.state.update} of ${updates} updates are done; ${kept}.`);
  }
}

function added(sum: Map<string, EngineTensor>, more: ReadonlyMap<string, EngineTensor>): Map<string, EngineTensor> {
  for (const [name, { data }] of more) {
    const total = sum.get(name)!.data as Float32Array, own = data as Float32Array;
    for (let i = 0; i < total.length; i++) total[i] += own[i];
  }
  return sum;
}

/** `reward 1.21 · 152 tokens each`. */
function note({ reward = 0, length = 0 }: CurveRow): string {
  return `reward ${reward.toFixed(2)} · ${Math.round(length)} tokens each`;
}
