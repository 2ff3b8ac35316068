import type { EditTarget } from "../model/plan/edit.ts";

/** Which part of the activation at a hook point is ablated; what is not named is ablated whole. */
export type AblationTarget = Pick<EditTarget, "at" | "heads" | "neurons" | "positions" | "keys">;

/** A part of the model that a sweep ablates as one. */
export interface AblatedPart<Names extends object> {
  /** The columns that name this part in the table, such as `{ layer: 4 }`. */
  readonly names: Names;
  /** The activations that are ablated together. */
  readonly targets: readonly AblationTarget[];
}

/** What one ablation does to one prompt: the columns that every table of a sweep has. */
export interface AblationEffect {
  /** The number of the prompt, from 0. */
  row: number;
  /** The metric of the run without ablation. */
  baseline: number;
  /** The metric of the run with the ablation. */
  value: number;
  /** `value` minus `baseline`. */
  effect: number;
}
