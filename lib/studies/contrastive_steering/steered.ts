import { checkArguments, is } from "../../base/arguments.ts";
import { aStart } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { type GenerationSweepOptions, sweepGenerations } from "../../steering/sweep_generations.ts";
import type { SteeringVector } from "../../steering/steering_vector.ts";
import type { TableOf } from "../../table/table.ts";
import { judged, type JudgedText } from "./judged.ts";
import type { Start } from "./starts.ts";

/** A steered text, judged. */
export interface SteeredText extends JudgedText {
  /** The name of the vector. */
  readonly series: string;
  /** The layer after which the vector is added. */
  readonly layer: number;
  /** The factor of the vector. */
  readonly coefficient: number;
  /** How many tokens were written. */
  readonly tokens: number;
  /** Why the text ended. */
  readonly finish: string;
  /** The share of windows of four tokens that came before in the text. */
  readonly repeated: number;
}

/**
 * Lets a model continue some starts under each vector, layer and coefficient, and judges what it
 * writes.
 *
 * @param model the model that writes.
 * @param starts the starts.
 * @param vectors steering vectors by name.
 * @param options the options of `steering.sweepGenerations`.
 * @returns one row for each vector, layer, coefficient and start.
 * @throws CircuitbookError if a vector does not fit the model.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, reasoning } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const problems = reasoning.ofCountdown(countdown.problems({ n: 1, seed: 1 }), model.tokenizer);
 * const starts = contrastive.startsOf(problems, model.tokenizer);
 * const generate = { maxNewTokens: 2 };
 * const ones = new Float32Array(192).fill(1);
 * const table = await contrastive.steered(model, starts, { ones }, {
 *   layers: [3],
 *   coefficients: [1],
 *   generate,
 * });
 * assertEquals(table.getColumn("outcome").toArray(), ["unclear", "unclear"]);
 * ```
 */
export async function steered(
  model: Model,
  starts: readonly Start[],
  vectors: Readonly<Record<string, SteeringVector>>,
  options: GenerationSweepOptions,
): Promise<TableOf<SteeredText>> {
  checkArguments("steered", {
    model: [model, aModel],
    starts: [starts, is.listOf(aStart)],
    vectors: [vectors, is.object],
    options: [options, is.like("an object", "coefficients", "layers")],
  });

  const table = await sweepGenerations(model, starts.map(({ tokens }) => tokens), vectors, options);
  return judged(table as TableOf<Omit<SteeredText, "problem" | "outcome" | "correct">>, starts);
}
