import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { anything, checkOptions, selection, watch } from "../base/options.ts";
import type { Watch } from "../base/progress.ts";
import { firstNotFinite, resolveSelection, Tensor } from "../base/tensor.ts";
import type { GeneratedRow, GenerateOptions } from "../model/generation/generation.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import type { Input } from "../model/plan/batch.ts";
import type { When } from "../model/plan/edit.ts";
import { repeatedShare } from "../stats/repetition.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { shiftOfRows, type SteeringVector, vectorAt } from "./steering_vector.ts";
import { whileWriting } from "./when.ts";
import { pointAt } from "../model/plan/hook_points.ts";

/** The options of {@link sweepGenerations}. */
export interface GenerationSweepOptions extends Watch {
  /**
   * The factors by which the vectors are multiplied before they are added. Coefficient 0, the
   * unsteered text, is always part of the table.
   */
  readonly coefficients: readonly number[];
  /** The layers after which a vector is added, one at a time. */
  readonly layers: readonly number[];
  /**
   * When the vector is added. Default {@link whileWriting}: at the last token of the prompt and all
   * generated tokens.
   */
  readonly when?: When;
  /**
   * How the texts are generated: `maxNewTokens`, `temperature`, `stop`, `batchSize`, ….
   */
  readonly generate?: Omit<GenerateOptions, "edit" | "tap" | "signal" | "onProgress">;
}

/** A text that was generated under one vector, layer and coefficient. */
export interface SteeredText {
  /** The name of the vector. */
  series: string;
  /** The layer after which the vector was added, from 0. */
  layer: number;
  /** The factor of the vector; 0 is the unsteered text. */
  coefficient: number;
  /** The index of the prompt. */
  row: number;
  /** The generated text, without the prompt. */
  text: string;
  /** The number of generated tokens. */
  tokens: number;
  /** Why the generation ended. */
  finish: GeneratedRow["finish"];
  /** The share of windows of four tokens that occurred earlier in the text. */
  repeated: number;
}

const sweepSchema = z.strictObject({
  ...watch,
  coefficients: z.array(z.number("to be a finite number"), "to be a list of numbers"),
  layers: selection,
  when: anything,
  generate: anything,
});

/**
 * Lets the model continue each prompt under each vector, layer and coefficient, and returns the
 * texts.
 *
 * A vector is multiplied by the coefficient and added as it is, without normalisation: if only
 * directions are to be compared, bring the vectors to one length first. ({@link steer} and
 * {@link sweepScales} normalise vectors.)
 *
 * At each layer, all vectors and coefficients are rows of one generation. The unsteered texts are
 * generated once and repeated for every series and layer.
 *
 * @param model the model that is steered.
 * @param prompts the prompts.
 * @param vectors the vectors by name.
 * @param options the coefficients and layers, and how texts are generated.
 * @returns a table with one row for each vector, layer, coefficient and prompt.
 * @throws CircuitbookError if a vector does not have d_model numbers, or is not finite. Throws
 * InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const ones = new Float32Array(192).fill(1);
 * const options = { layers: [4], coefficients: [-5, 5], generate: { maxNewTokens: 3 } };
 * const table = await steering.sweepGenerations(model, ["11 + 5 ="], { ones }, options);
 * assertEquals(table.getColumn("coefficient").toArray(), [0, -5, 5]);
 * ```
 */
export async function sweepGenerations(
  model: Model,
  prompts: Input,
  vectors: Readonly<Record<string, SteeringVector>>,
  options: GenerationSweepOptions,
): Promise<TableOf<SteeredText>> {
  checkArguments("sweepGenerations", {
    model: [model, aModel],
    vectors: [vectors, is.recordOf(is.either(is.callable, is.numbers))],
  });
  checkOptions(options, sweepSchema, "sweepGenerations");
  const { when = whileWriting, generate = {}, signal, onProgress } = options;
  const rows = model.tokens(prompts);
  const coefficients = options.coefficients.filter((coefficient) => coefficient !== 0);
  const layers = resolveSelection(options.layers, model.architecture.layers, "layer");
  const settings = { ...generate, signal, onProgress };
  const unsteered = await model.generate(rows, settings);
  const table: SteeredText[] = [];
  for (const layer of layers) {
    const jobs = jobsOf(vectors, coefficients, rows.length);
    const shift = shiftsOf(vectors, jobs, layer, model);
    const edit = { at: pointAt.residPost(layer), shift, when };
    const steered = jobs.length
      ? (await model.generate(jobs.map(({ row }) => rows[row]), { ...settings, edit })).rows
      : [];
    for (const series of Object.keys(vectors)) {
      unsteered.rows.forEach((written, row) =>
        table.push({ series, layer, coefficient: 0, row, ...factsOf(written) })
      );
      jobs.forEach(({ series: own, coefficient, row }, i) => {
        if (own !== series) return;
        table.push({ series, layer, coefficient, row, ...factsOf(steered[i]) });
      });
    }
  }
  return tableOf(table);
}

/** One text to generate, under one vector and coefficient. */
interface Job {
  readonly series: string;
  readonly coefficient: number;
  readonly row: number;
}

function jobsOf(
  vectors: Readonly<Record<string, SteeringVector>>,
  coefficients: readonly number[],
  rows: number,
): Job[] {
  return Object.keys(vectors).flatMap((series) =>
    coefficients.flatMap((coefficient) =>
      Array.from({ length: rows }, (_, row) => ({ series, coefficient, row }))
    )
  );
}

/** Returns what is added to the residual stream of each job, [batch, position 1, d_model]. */
function shiftsOf(
  vectors: Readonly<Record<string, SteeringVector>>,
  jobs: readonly Job[],
  layer: number,
  { architecture: { dModel } }: Model,
): Tensor {
  return shiftOfRows(jobs.length, dModel, (job) => {
    const { series, coefficient, row } = jobs[job];
    const vector = vectorAt(vectors[series], layer, row);
    if (vector.length !== dModel || firstNotFinite(vector) >= 0) {
      throw new CircuitbookError(
        `Expected a vector of ${dModel} finite numbers as "${series}" but found ${vector.length} numbers.`,
      );
    }
    return Array.from(vector, (value) => value * coefficient);
  });
}

function factsOf(
  { text, tokens, finish }: GeneratedRow,
): Pick<SteeredText, "text" | "tokens" | "finish" | "repeated"> {
  return { text, tokens: tokens.length, finish, repeated: repeatedShare(tokens) };
}
