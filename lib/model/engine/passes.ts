import { headsName, metricNames, rowsName, tapName } from "../plan/graph_names.ts";
import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import { batchOf } from "../plan/batch.ts";
import { Cache } from "../plan/cache.ts";
import { type Chunk, chunksOf, hasAllColumns, tapOfChunk, viewOf } from "./chunks.ts";
import { type Edit, parseEdits } from "../plan/edit.ts";
import type { Engine } from "./engine.ts";
import { metricFeeds, type RowMetric } from "../plan/row_metric.ts";
import { type Plan, planEdits, type TapRole } from "../plan/plan.ts";
import { checkReach } from "../plan/region.ts";
import { type Start, type StartedRun, startedRun } from "../plan/start.ts";
import { skippedColumns, startFeeds } from "./start_feeds.ts";
import { checkTapPositions, planTaps, type RoleTap } from "../plan/tap.ts";

/** What to compute for some token rows. */
export interface PassRequest extends Watch {
  readonly taps: readonly RoleTap[];
  readonly edit?: Edit | readonly Edit[];
  readonly start?: Start;
  /** The metric to differentiate; without a metric there is no backward pass. */
  readonly metric?: RowMetric;
  /** The label of the progress bar. */
  readonly label: string;
}

/** A checked request, with what is the same for all rows. */
interface PlannedRequest {
  readonly rowCount: number;
  readonly taps: readonly RoleTap[];
  readonly edits: Plan["edits"];
  readonly start?: StartedRun;
  readonly metric?: RowMetric;
}

/** The results of passes over some rows. */
export interface Passed {
  /** The tapped activations. */
  readonly cache: Cache;
  /** The gradients of the metric. */
  readonly gradients: Cache;
  /** The metric's unweighted items, row by row: logits, log-probabilities or scores. */
  readonly items: Float32Array;
}

/**
 * Runs token rows in chunks: a forward pass and, if there is a metric to differentiate, a backward pass.
 *
 * @throws CircuitbookError if taps, positions, edits or a start do not fit the rows.
 */
export async function runPasses(
  engine: Engine,
  rows: readonly (readonly number[])[],
  { taps, edit = [], start, metric, label, ...watch }: PassRequest,
): Promise<Passed> {
  const { architecture } = engine;
  const parsed = parseEdits(edit);
  const edits = planEdits(parsed, architecture);
  checkTapPositions(taps, rows);
  checkReach(parsed, rows.map(({ length }) => ({ promptLength: length, finalLength: length })));
  const started = start && startedRun(start, rows, { taps, edits, parsed }, architecture);
  const request = { rowCount: rows.length, taps, edits, start: started, metric };
  const meter = new Meter(label, rows.length, "rows", watch);
  throwIfStopped(watch.signal);
  const parts: Passed[] = [];
  try {
    const alike = taps.some((tap) => hasAllColumns(tap, architecture));
    for (const chunk of chunksOf(rows, alike, start?.position)) {
      parts.push(await passOver(engine, chunk, request));
      await meter.advance(chunk.rows.length);
    }
  } finally {
    meter.end();
  }
  return {
    cache: joined(parts.map(({ cache }) => cache)),
    gradients: joined(parts.map(({ gradients }) => gradients)),
    items: Float32Array.from(parts.flatMap(({ items }) => [...items])),
  };
}

/** Runs one chunk of rows. */
async function passOver(
  engine: Engine,
  chunk: Chunk,
  { rowCount, taps, edits, start, metric }: PlannedRequest,
): Promise<Passed> {
  const { architecture } = engine;
  const { first } = chunk;
  const batch = batchOf(chunk.rows, chunk.columns);
  // A start leaves out the columns on the left: padding, and positions that the earlier run computed.
  const skipped = start ? skippedColumns(batch, start.start.position) : 0;
  const computed = {
    ...batch,
    columns: batch.columns - skipped,
    pads: batch.pads.map((pad) => pad - skipped),
  };
  const planned = planTaps(taps.map((tap) => tapOfChunk(tap, chunk)), architecture, computed);
  const plan: Plan = {
    taps: planned.taps,
    edits,
    cached: false,
    padded: batch.pads.some((pad) => pad > 0),
    start: start && { ...start.entry, past: skipped > 0 },
    metric: metric && { kind: metric.kind, byWeights: false },
  };
  const outputs = await engine.forward(plan, viewOf(batch, first, rowCount, skipped), {
    ...Object.fromEntries(
      planned.rowLists.map((data, number) => [rowsName(number), { data, dims: [data.length] }]),
    ),
    ...Object.fromEntries(headFeeds(planned.taps)),
    ...start ? startFeeds(start, first, batch, skipped, architecture) : {},
    ...metric ? metricFeeds(metric, first, chunk.rows.length) : {},
  });
  const cacheOf = (wanted: TapRole | undefined) => {
    const tensors = planned.readers.flatMap(({ name, role, read }, index) =>
      role === wanted ? [[name, read(outputs[tapName(index)])] as const] : []
    );
    return new Cache(new Map(tensors), batch.rows, batch.pads);
  };
  const items = metric ? outputs[metricNames.items].data as Float32Array : new Float32Array();
  return { cache: cacheOf(undefined), gradients: cacheOf("gradient"), items };
}

/** Returns the caches of chunks as one, joined along the first axis: the batch, or the listed positions. */
function joined(caches: readonly Cache[]): Cache {
  if (caches.length === 1) return caches[0];
  const tensors = caches[0].names.map((name) => {
    const parts = caches.map((cache) => cache.get(name));
    return [name, Tensor.concat(parts, parts[0].axes[0])] as const;
  });
  return new Cache(
    new Map(tensors),
    caches.flatMap(({ tokens }) => tokens),
    caches.flatMap(({ pads }) => pads),
  );
}

/** Returns the graph inputs that list the heads of taps. */
export function headFeeds(
  taps: Plan["taps"],
): (readonly [string, { data: BigInt64Array; dims: number[] }])[] {
  return taps.flatMap(({ heads }, index) =>
    heads
      ? [
        [headsName(index), {
          data: BigInt64Array.from(heads, BigInt),
          dims: [heads.length],
        }] as const,
      ]
      : []
  );
}
