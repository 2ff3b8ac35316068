import type pl from "nodejs-polars";
import type { Model } from "../../model/model.ts";
import { type GenerationSweepOptions, sweepGenerations } from "../../steering/sweep_generations.ts";
import type { SteeringVector } from "../../steering/sweep_scales.ts";
import { judged } from "./judged.ts";
import type { Start } from "./starts.ts";

/**
 * Lets a model go on from some starts under each vector, layer and scale, and judges what it writes: the table of
 * `sweepGenerations` (`series`, `layer`, `scale`, `row`, `text`, `tokens`, `finish`, `repeated`) with `problem`, `outcome` and
 * `correct`.
 *
 * @throws CircuitbookError when a vector does not fit the model.
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
 * const table = await contrastive.steered(model, starts, { ones }, { layers: [3], scales: [1], generate });
 * assertEquals(table.getColumn("outcome").toArray(), ["unclear", "unclear"]);
 * ```
 */
export async function steered(
  model: Model,
  starts: readonly Start[],
  vectors: Readonly<Record<string, SteeringVector>>,
  options: GenerationSweepOptions,
): Promise<pl.DataFrame> {
  const table = await sweepGenerations(model, starts.map(({ tokens }) => tokens), vectors, options);
  return judged(table, starts);
}
