import type { Architecture } from "../model/architecture.ts";
import type { Model } from "../model/model.ts";
import type { EngineTensor } from "../model/runtime.ts";

/** Rows of tokens, and what each prediction counts. */
export interface LossBatch {
  /** Token ids of each row. */
  readonly rows: number[][];
  /** `weights[r][t]`: what predicting token t + 1 of row r from the tokens before counts; 0 = not. */
  readonly weights: number[][];
}

/** A loss and its gradients. */
export interface LossGradients {
  /** -sum(weights × log p). */
  readonly loss: number;
  /** By the name of the weight, in its shape. */
  readonly gradients: ReadonlyMap<string, EngineTensor>;
  /** `logProbabilities[r][t]`: of token t + 1 of row r. */
  readonly logProbabilities: number[][];
}

/** A model whose weights are in memory and change: what training loops work on. A `Learner` is one. */
export interface Trainable {
  /** Generates and runs, always with the present weights. */
  readonly model: Model;
  readonly architecture: Architecture;
  /** f32 by tensor name, as `architecture.shapes` names them. */
  readonly weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  /** Changes the weights. */
  set(weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>): void;
  lossGradients(batch: LossBatch): Promise<LossGradients>;
}
