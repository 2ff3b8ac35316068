import pl from "nodejs-polars";
import { z } from "zod";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import type { Input } from "../model/batch.ts";
import type { Cache } from "../model/cache.ts";
import type { AffineEdit } from "../model/edit.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../model/options.ts";
import { startTaps } from "../model/start.ts";

/** A number that a prompt's last logits [vocab] are judged by. */
export type Metric = (logits: Float32Array, row: number) => number;

/** Which heads a sweep silences, and how. */
export interface SweepOptions extends Watch {
  /** Pairs of layer and head; all by default. */
  readonly heads?: readonly (readonly [layer: number, head: number])[];
  readonly metric: Metric;
  /** Rows (prompts × heads) that are run together. Default 16. */
  readonly batchSize?: number;
}

const sweepSchema = z.strictObject({
  ...watch,
  heads: z.array(z.tuple([wholeNumber, wholeNumber], "to be [layer, head]"), "to be a list of [layer, head]")
    .optional(),
  metric: z.custom((value) => typeof value === "function", "to be a function"),
  batchSize: atLeastOne.optional(),
});

/**
 * Silences each head in turn and returns what that does to a metric of the last logits, as a table: `row`, `layer`, `head`,
 * `baseline`, `value`, `effect` (value − baseline).
 *
 * A head's layer is where its run starts, from the residual stream that one unedited run left there: the layers before it are
 * not run again. Several heads are rows of one batch.
 *
 * @throws CircuitbookError when a head does not exist.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [one, two] = ["1", "2"].map((text) => model.tokenizer.idOf(text));
 * const metric = (logits: Float32Array) => logits[one] - logits[two];
 * const table = await ablation.sweepHeads(model, "11 + 5 = ", { metric });
 * assertEquals(table.height, 48);
 * ```
 */
export async function sweepHeads(model: Model, input: Input, options: SweepOptions): Promise<pl.DataFrame> {
  checkOptions(options, sweepSchema, "sweepHeads");
  const { metric, batchSize = 16 } = options;
  const heads = (options.heads ?? allHeads(model)).map(([layer, head]) => [
    resolveSelection(layer, model.architecture.layers, "layer")[0],
    resolveSelection(head, model.architecture.heads, "head")[0],
  ]);
  const rows = model.tokens(input);
  const base = await model.run(rows, {
    tap: startTaps(model.architecture, zPoint("*")),
    logits: [-1],
    signal: options.signal,
  });
  const baseline = rows.map((_, row) => metric(lastLogits(base, row), row));
  const records: Record<"row" | "layer" | "head" | "baseline" | "value" | "effect", number>[] = [];
  const meter = new Meter("silence heads", rows.length * heads.length, "runs", options);
  try {
    for (const [layer, members] of Map.groupBy(heads, ([layer]) => layer)) {
      const jobs = members.flatMap(([, head]) => rows.map((_, row) => ({ head, row })));
      for (let start = 0; start < jobs.length; start += batchSize) {
        const batch = jobs.slice(start, start + batchSize);
        const cache = await silenced(model, rows, base, layer, batch, options.signal);
        batch.forEach(({ head, row }, index) => {
          const value = metric(lastLogits(cache, index), row);
          records.push({ row, layer, head, baseline: baseline[row], value, effect: value - baseline[row] });
        });
        await meter.advance(batch.length);
      }
    }
  } finally {
    meter.end();
  }
  return pl.DataFrame(records);
}

/**
 * Every head of a model as [layer, head].
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals(ablation.allHeads(model).length, 48);
 * ```
 */
export function allHeads({ architecture: { layers, heads } }: Model): [layer: number, head: number][] {
  return Array.from({ length: layers * heads }, (_, i) => [Math.floor(i / heads), i % heads]);
}

/** A run from the heads' output of `layer` on, of one row for each job, with that job's head silenced. */
function silenced(
  model: Model,
  rows: readonly (readonly number[])[],
  from: Cache,
  layer: number,
  jobs: readonly { readonly head: number; readonly row: number }[],
  signal: AbortSignal | undefined,
): Promise<Cache> {
  const at = zPoint(layer);
  const edit = [...Map.groupBy(jobs.map(({ head }, index) => ({ head, index })), ({ head }) => head)].map(
    ([head, members]): AffineEdit => ({ at, heads: [head], rows: members.map(({ index }) => index), scale: 0 }),
  );
  const start = { from, at, rows: jobs.map(({ row }) => row) };
  return model.run(jobs.map(({ row }) => rows[row]), { start, edit, logits: [-1], signal });
}

function zPoint(layer: number | "*"): string {
  return `blocks.${layer}.attn.hook_z`;
}

function lastLogits(cache: Cache, row: number): Float32Array {
  return cache.logits.slice({ batch: row, position: 0 }).data;
}
