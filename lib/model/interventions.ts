import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aCache, aModel } from "./plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import type { Cache } from "./plan/cache.ts";
import type { AffineEdit } from "./plan/edit.ts";
import { hookPoints, isAttentionGrid, matchPoints } from "./plan/hook_points.ts";
import { idleEdits } from "./plan/idle_edits.ts";
import type { Model } from "./model.ts";
import { anything, atLeastOne, checkOptions, watch } from "../base/options.ts";
import { type Metric, metricOption } from "./plan/metric.ts";
import { metricFunction } from "./plan/metric_function.ts";
import { entryBefore, startTaps } from "./plan/start.ts";
import { type Entry, entryName } from "./plan/entry.ts";
import { product } from "../base/lists.ts";

/** Edits that are tried on one prompt. */
export interface Intervention {
  /** The number of the prompt. */
  readonly row: number;
  /** The edits of this prompt; they name no rows. */
  readonly edits: readonly Omit<AffineEdit, "rows">[];
}

/** The metric of interventions, and the size of their batches. */
export interface InterventionOptions extends Watch {
  /**
   * A function of the last logits, or a `logitDifference` or `logProbability` of the last position.
   */
  readonly metric: Metric;
  /**
   * The largest number of rows that are run together. Default: as many as have 1,280 tokens to
   * compute.
   */
  readonly batchSize?: number;
  /** The label of the progress bar. Default "intervene". */
  readonly label?: string;
  /**
   * The part of a longer job that these interventions are, as shares from 0 to 1, so that the
   * progress bar shows the remaining time of the whole job. Default: the whole job.
   */
  readonly part?: readonly [from: number, to: number];
}

const interventionSchema = z.strictObject({
  ...watch,
  metric: metricOption,
  batchSize: atLeastOne.optional(),
  label: z.string("to be a text").optional(),
  part: anything,
});

/** An intervention, and where its run starts. */
interface Job extends Intervention {
  /** Its number among the interventions. */
  readonly index: number;
  /** The activation that its run starts from. */
  readonly entry: Entry;
  /** The number of tokens of the row. */
  readonly length: number;
  /** The number of tokens at the end of the row that are computed. */
  readonly tokens: number;
}

/**
 * Tokens that are computed together. Batches of more tokens do not fit the caches of the processor,
 * and run slower.
 */
const BATCH_TOKENS = 1280;

/**
 * The most bytes of keys and values that the rows of a batch attend to. Each row holds its own
 * copy: 225 runs of one token after 200 would take 2 GB in SmolLM2.
 */
const BATCH_BYTES = 5e8;

/** The most bytes of unedited activations that are held at a time. */
const HELD_BYTES = 1e9;

/**
 * Returns a metric of the last logits under each of many interventions on some prompts.
 *
 * Each intervention runs from its first edit on: the layers before it, and the positions before the
 * first edited one, are taken from one unedited run. Interventions that start at the same hook
 * point are rows of one batch. An intervention without edits is not run; its metric is that of the
 * unedited run.
 *
 * @param model the model.
 * @param base an unedited run of the prompts, with the taps of {@link interventionTaps} and the
 * last logits.
 * @param interventions the edits that are tried, each with its prompt.
 * @param options the metric, and how many rows are run together.
 * @returns the metric of each intervention, in their order.
 * @throws CircuitbookError if a prompt, hook point or position does not exist, if `base` lacks
 * activations that a run starts from, or if the metric reads more than the last logits.
 *
 * @example
 * ```ts
 * import { intervene, interventionTaps, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.1.attn.hook_z";
 * const base = await model.run("11 + 5 =", { tap: interventionTaps(model, [at]), logits: [-1] });
 * const jobs = [3, 5].map((head) => ({ row: 0, edits: [{ at, heads: [head], scale: 0 }] }));
 * const values = await intervene(model, base, jobs, { metric: (logits) => logits[0] });
 * assertEquals(values.length, 2);
 * ```
 */
export async function intervene(
  model: Model,
  base: Cache,
  interventions: readonly Intervention[],
  options: InterventionOptions,
): Promise<number[]> {
  checkArguments("intervene", {
    model: [model, aModel],
    base: [base, aCache],
    interventions: [interventions, is.listOf(is.like("an intervention", "row", "edits"))],
  });
  checkOptions(options, interventionSchema, "intervene");
  const { batchSize, label = "intervene", signal, part: [from, to] = [0, 1] } = options;
  const metric = metricFunction(options.metric, base.tokens, model.architecture);
  resolveSelection(interventions.map(({ row }) => row), base.tokens.length, "row");
  const values = interventions.map(({ row, edits }) =>
    edits.length ? NaN : metric(lastLogits(base, row), row)
  );
  const jobs = interventions.flatMap((intervention, index) =>
    intervention.edits.length ? [jobOf(intervention, index, base, model)] : []
  );
  const meter = new Meter(label, jobs.length, "runs", options);
  const work = jobs.reduce((sum, job) => sum + costOf(job, model), 0);
  let done = 0;
  try {
    if (jobs.length) meter.begin();
    for (
      const group of Map.groupBy(jobs, ({ entry }) => entryName(entry.layer, entry.kind)).values()
    ) {
      for (const batch of batchesOf(group, model, batchSize)) {
        const logits = await runBatch(model, base, batch, signal);
        batch.forEach(({ index, row }, i) => values[index] = metric(logits[i], row));
        done += batch.reduce((sum, job) => sum + costOf(job, model), 0);
        await meter.advance(batch.length, undefined, from + (to - from) * done / work);
      }
    }
  } finally {
    meter.end();
  }
  return values;
}

/**
 * Returns the hook points that an unedited run must tap so that interventions can start from it.
 *
 * @param model the model.
 * @param points names or globs of the hook points that are edited.
 * @returns names of hook points, for `tap`.
 * @throws CircuitbookError if a hook point does not exist, or lies outside the layers.
 *
 * @example
 * ```ts
 * import { interventionTaps, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals(interventionTaps(model, ["blocks.7.mlp.hook_post"]), ["blocks.7.hook_resid_mid"]);
 * ```
 */
export function interventionTaps(model: Model, points: readonly string[]): string[] {
  checkArguments("interventionTaps", {
    model: [model, aModel],
    points: [points, is.texts],
  });

  const { architecture } = model;
  const matched = points.flatMap((point) => matchPoints(point, hookPoints(architecture)));
  const entries = matched.map((point) => entryBefore(point, architecture));
  return [
    ...new Set(
      entries.flatMap(({ layer, kind }) =>
        startTaps(architecture, entryName(layer, kind), { past: true })
      ),
    ),
  ];
}

/** Prompts of similar length, whose unedited activations are held at one time. */
export interface PromptGroup {
  /** The numbers of the prompts. */
  readonly members: readonly number[];
  /** Their token ids. */
  readonly rows: readonly (readonly number[])[];
}

/**
 * Returns groups of prompts that are run together: padding is at most a quarter of a row, and the
 * tapped activations of a group take at most about a gigabyte.
 */
export function promptGroups(
  model: Model,
  rows: readonly (readonly number[])[],
  tap: readonly string[],
): PromptGroup[] {
  const points = tap.flatMap((name) => matchPoints(name, hookPoints(model.architecture)));
  const numbers = (length: number) =>
    points.reduce((sum, point) => {
      const features = product(Object.values(point.sizes));
      return sum + length * features * (isAttentionGrid(point) ? length : 1);
    }, 0);
  const longest = [...rows.keys()].sort((a, b) => rows[b].length - rows[a].length || a - b);
  const groups: number[][] = [];
  for (const row of longest) {
    const group = groups.at(-1);
    const length = group && rows[group[0]].length;
    const fits = length && rows[row].length >= 0.75 * length &&
      4 * numbers(length) * (group.length + 1) <= HELD_BYTES;
    if (fits) group.push(row);
    else groups.push([row]);
  }
  return groups.map((members) => ({ members, rows: members.map((row) => rows[row]) }));
}

/** Returns the last logits of one row of a run, [vocab]. */
export function lastLogits({ logits }: Cache, row: number): Float32Array {
  const vocab = logits.size("vocab");
  const positions = logits.size("position");
  return logits.data.subarray(((row + 1) * positions - 1) * vocab, (row + 1) * positions * vocab);
}

function jobOf(
  intervention: Intervention,
  index: number,
  base: Cache,
  { architecture }: Model,
): Job {
  const points = hookPoints(architecture);
  const { length } = base.tokens[intervention.row];
  const edited = intervention.edits.flatMap(({ at }) => matchPoints(at, points));
  const first = edited.reduce((a, b) => points.indexOf(a) <= points.indexOf(b) ? a : b);
  const starts = intervention.edits.map(({ at, positions = {} }) => {
    const chosen = resolveSelection(positions, length, "position");
    if (chosen.length) return Math.min(...chosen);
    throw new CircuitbookError(
      `Expected a position to edit at "${at}" but found none; leave the edit out.`,
    );
  });
  return {
    ...intervention,
    index,
    entry: entryBefore(first, architecture),
    length,
    tokens: length - Math.min(...starts),
  };
}

/**
 * Returns the work of a job, in tokens × layers; the unembedding of its last token counts by its
 * size.
 */
function costOf({ entry, tokens }: Job, { architecture }: Model): number {
  const { layers, dModel, dMlp, vocab } = architecture;
  return tokens * (layers - entry.layer) + vocab / (4 * dModel + 3 * dMlp);
}

/**
 * Returns batches of jobs that compute about equally many tokens each, and whose rows do not attend
 * to too many bytes.
 */
export function batchesOf(
  jobs: readonly Job[],
  { architecture }: Pick<Model, "architecture">,
  batchSize = Infinity,
): Job[][] {
  const { layers, kvHeads, headSize } = architecture;
  const fits = (batch: readonly Job[], job: Job) => {
    const rows = batch.length + 1;
    const length = Math.max(job.length, ...batch.map((other) => other.length));
    const numbers = rows * length * (layers - job.entry.layer) * 2 * kvHeads * headSize;
    return rows <= batchSize && rows * batch[0].tokens <= BATCH_TOKENS &&
      numbers * Float32Array.BYTES_PER_ELEMENT <= BATCH_BYTES;
  };
  const batches: Job[][] = [];
  for (const job of [...jobs].sort((a, b) => b.tokens - a.tokens)) {
    const batch = batches.at(-1);
    if (batch && fits(batch, job)) batch.push(job);
    else batches.push([job]);
  }
  return batches;
}

async function runBatch(
  model: Model,
  from: Cache,
  batch: readonly Job[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const [{ entry: { layer, kind }, tokens }] = batch;
  const rows = batch.map(({ row }) => row);
  const own = batch.flatMap(({ edits }, index) =>
    edits.map((edit) => ({ ...edit, rows: [index] }))
  );
  const idle = idleEdits(batch.map(({ edits }) => edits), batch[0].entry, model.architecture);
  const start = { from, at: entryName(layer, kind), rows, position: -tokens };
  const cache = await model.run(rows.map((row) => from.tokens[row]), {
    start,
    edit: [...own, ...idle],
    logits: [-1],
    signal,
  });
  return batch.map((_, row) => lastLogits(cache, row));
}
