import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { firstNotFinite, resolveSelection, Tensor } from "../base/tensor.ts";
import type { Watch } from "../base/progress.ts";
import type { Input } from "../model/plan/batch.ts";
import type { When } from "../model/plan/edit.ts";
import type { GeneratedRow, GenerateOptions } from "../model/generation/generation.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, selection, watch } from "../base/options.ts";
import { repeatedShare } from "../stats/repetition.ts";
import { whileWriting } from "./moments.ts";
import type { SteeringVector } from "./sweep_scales.ts";

/** What a sweep of generations steers. */
export interface GenerationSweepOptions extends Watch {
  /** Factors of the vectors; 0, the unsteered text, is written too. */
  readonly scales: readonly number[];
  /** The layers after which a vector is added, each tried alone. */
  readonly layers: readonly number[];
  /** When it acts; by default at the prompt's last token and all that is generated. */
  readonly when?: When;
  /** How the texts are written: `maxNewTokens`, `temperature`, `stop`, `batchSize` (64 by default), …. */
  readonly generate?: Omit<GenerateOptions, "edit" | "tap" | "signal" | "onProgress">;
}

const sweepSchema = z.strictObject({
  ...watch,
  scales: z.array(z.number("to be a finite number"), "to be a list of numbers"),
  layers: selection,
  when: anything,
  generate: anything,
});

/**
 * Lets the model write on from each prompt under each vector, layer and scale, and returns the texts as a table: `series`
 * (the vector's name), `layer`, `scale`, `row`, `text`, `tokens` (how many were written), `finish`, and `repeated` (the share
 * of windows of four tokens that came before).
 *
 * Vectors are added as they are, times the scale: bring them to one length where lengths must not matter. All vectors and
 * scales at one layer are rows of the same generation, and the unsteered texts, written once, stand under every series
 * and layer with the scale 0.
 *
 * @throws CircuitbookError when a vector has another size than the residual stream, or is not finite.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const ones = new Float32Array(192).fill(1);
 * const options = { layers: [4], scales: [-5, 5], generate: { maxNewTokens: 3 } };
 * const table = await steering.sweepGenerations(model, ["11 + 5 ="], { ones }, options);
 * assertEquals(table.getColumn("scale").toArray(), [0, -5, 5]);
 * ```
 */
export async function sweepGenerations(
  model: Model,
  prompts: Input,
  vectors: Readonly<Record<string, SteeringVector>>,
  options: GenerationSweepOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, sweepSchema, "sweepGenerations");
  const { when = whileWriting, generate = {}, signal, onProgress } = options;
  const rows = model.tokens(prompts);
  const scales = options.scales.filter((scale) => scale !== 0);
  const layers = resolveSelection(options.layers, model.architecture.layers, "layer");
  const settings = { batchSize: 64, ...generate, signal, onProgress };
  const plain = await model.generate(rows, settings);
  const records: Record<string, unknown>[] = [];
  for (const layer of layers) {
    const jobs = jobsOf(vectors, scales, rows.length);
    const shift = shiftsOf(vectors, jobs, layer, model);
    const edit = { at: `blocks.${layer}.hook_resid_post`, shift, when };
    const steered = jobs.length
      ? (await model.generate(jobs.map(({ row }) => rows[row]), { ...settings, edit })).rows
      : [];
    for (const series of Object.keys(vectors)) {
      records.push(
        ...plain.rows.map((written, row) => ({
          series,
          layer,
          scale: 0,
          row,
          ...factsOf(written),
        })),
      );
      jobs.forEach((job, i) => {
        if (job.series === series) {
          records.push({ series, layer, scale: job.scale, row: job.row, ...factsOf(steered[i]) });
        }
      });
    }
  }
  return pl.DataFrame(records);
}

/** One text that is written under one vector and scale. */
interface Job {
  readonly series: string;
  readonly scale: number;
  readonly row: number;
}

function jobsOf(
  vectors: Readonly<Record<string, SteeringVector>>,
  scales: readonly number[],
  rows: number,
): Job[] {
  return Object.keys(vectors).flatMap((series) =>
    scales.flatMap((scale) => Array.from({ length: rows }, (_, row) => ({ series, scale, row })))
  );
}

/** What is added to each job's residual stream: [batch, position 1, d_model]. */
function shiftsOf(
  vectors: Readonly<Record<string, SteeringVector>>,
  jobs: readonly Job[],
  layer: number,
  { architecture: { dModel } }: Model,
): Tensor {
  const data = new Float32Array(jobs.length * dModel);
  jobs.forEach(({ series, scale, row }, i) => {
    const given = vectors[series];
    const vector = typeof given === "function" ? given(layer, row) : given;
    if (vector.length !== dModel || firstNotFinite(vector) >= 0) {
      throw new CircuitbookError(
        `Expected a vector of ${dModel} finite numbers as "${series}" but found ${vector.length} numbers.`,
      );
    }
    for (let d = 0; d < dModel; d++) data[i * dModel + d] = vector[d] * scale;
  });
  return new Tensor(data, { batch: jobs.length, position: 1, d_model: dModel });
}

function factsOf({ text, tokens, finish }: GeneratedRow) {
  return { text, tokens: tokens.length, finish, repeated: repeatedShare(tokens) };
}
