import type pl from "nodejs-polars";
import { z } from "zod";
import { type Contrast, contrast } from "../../steering/contrastive.ts";
import type { Model } from "../../model/model.ts";
import { checkOptions, watch } from "../../base/options.ts";
import type { Watch } from "../../base/progress.ts";
import { type GenerationSweepOptions, sweepGenerations } from "../../steering/sweep_generations.ts";
import type { SteeringVector } from "../../steering/sweep_scales.ts";
import { type Example, type Place, positionOf } from "../../tasks/reasoning/examples.ts";
import { judged } from "../../tasks/reasoning/outcome.ts";
import type { Start } from "../../tasks/reasoning/starts.ts";

/** Between which places a contrast is taken. */
export interface ContrastOptions extends Watch {
  /** By default "last", the end of the last sentence that states the answer. */
  readonly later?: Place;
  /** By default "first". */
  readonly earlier?: Place;
}

const place = z.enum(["first", "second", "last"], 'to be "first", "second" or "last"').optional();
const contrastSchema = z.strictObject({ ...watch, later: place, earlier: place });

/**
 * The contrast of a model's residual stream between two places of chains of thought, after every layer: by default the end
 * of the last minus the end of the first sentence that states the answer.
 *
 * The recipe of C. Wendler's note "GSM8K based steering vectors for Deepseek-R1-Distill-Llama-8B" (2025).
 *
 * @throws CircuitbookError when a place is not known, or the tokens are not those of the model.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, reasoning } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { tokenizer } = model;
 * const problems = reasoning.ofCountdown(countdown.problems({ n: 4, seed: 1 }), tokenizer);
 * const examples = reasoning.examples(reasoning.worked(problems, tokenizer), problems, tokenizer);
 * assertEquals((await contrastive.contrastOf(model, examples)).n, 4);
 * ```
 */
export async function contrastOf(
  model: Model,
  examples: readonly Example[],
  options: ContrastOptions = {},
): Promise<Contrast> {
  checkOptions(options, contrastSchema, "contrastOf");
  const { later = "last", earlier = "first", ...watching } = options;
  const tap = "blocks.*.hook_resid_post";
  const positions = examples.map((
    example,
  ) => [positionOf(example, earlier), positionOf(example, later)]);
  const cache = await model.run(examples.map(({ tokens }) => tokens), {
    tap,
    positions,
    ...watching,
  });
  const read = cache.layers(tap);
  const at = (parity: number) =>
    read.slice({ example: examples.map((_, row) => 2 * row + parity) });
  return contrast(at(1), at(0));
}

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
 * const starts = reasoning.startsOf(problems, model.tokenizer);
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
