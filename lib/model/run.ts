import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, throwIfStopped, type Watch } from "../base/progress.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import { type Batch, batchOf } from "./batch.ts";
import { Cache } from "./cache.ts";
import { metricNames } from "./derivative.ts";
import { type Edit, parseEdits } from "./edit.ts";
import type { Engine } from "./engine.ts";
import { hookPoints, isAttentionGrid, matchPoints } from "./hook_points.ts";
import { anything, checkOptions, positions, watch } from "./options.ts";
import { metricFeeds, type RowMetric } from "./metric.ts";
import { type Plan, planEdits, type TapRole } from "./plan.ts";
import { checkReach } from "./region.ts";
import { type Start, type StartedRun, startedRun, startSchema } from "./start.ts";
import { skippedColumns, startFeeds } from "./start_feeds.ts";
import { isPerRow, listTaps, planTaps, type Positions, type RoleTap, type Tap, type Taps } from "./tap.ts";
import type { BatchView } from "./view.ts";

/** What a run returns and changes. */
export interface RunOptions extends Watch {
  /** Activations to return: names, globs, or names with positions and heads. */
  readonly tap?: Taps;
  /** Positions of every tap that names none of its own. */
  readonly positions?: Positions;
  /** Edits, in order. */
  readonly edit?: Edit | readonly Edit[];
  /** Whether to return logits, or at which positions. By default all of them, unless something is tapped. */
  readonly logits?: boolean | Positions;
  /** Start from what an earlier run left; what is before that is not computed. Edits act on what is computed. */
  readonly start?: Start;
}

const runSchema = z.strictObject({
  ...watch,
  ...{ tap: anything, edit: anything, positions: positions.optional() },
  logits: z.union([z.boolean(), positions], "to be true, false or positions").optional(),
  start: startSchema,
});

/** Tokens (rows × columns) that are computed together: more do not fit the processor's caches, and make nothing faster. */
const chunkTokens = 1280;

/** A forward pass over token rows, some rows at a time. */
export async function runRows(
  engine: Engine,
  rows: readonly (readonly number[])[],
  options: RunOptions,
): Promise<Cache> {
  checkOptions(options, runSchema, "run");
  const { tap, positions, logits = tap === undefined } = options;
  const logitTap = logits === false ? [] : [{ at: "logits", positions: logits === true ? undefined : logits }];
  const taps = [...tap === undefined ? [] : listTaps(tap, positions), ...logitTap];
  if (!taps.length) throw new CircuitbookError("Expected something to tap, or logits, but found neither; set tap.");
  return (await runTaps(engine, rows, taps, options, "run")).cache;
}

/** What a pass returned: activations, gradients, and what the metric's items were. */
export interface TappedRun {
  readonly cache: Cache;
  readonly gradients: Cache;
  readonly items: Float32Array;
}

/** A pass for some taps, and back again where there is a metric to differentiate. */
export async function runTaps(
  engine: Engine,
  rows: readonly (readonly number[])[],
  taps: readonly RoleTap[],
  options: Pick<RunOptions, "edit" | "start" | keyof Watch>,
  label: string,
  metric?: RowMetric,
): Promise<TappedRun> {
  const { edit } = options;
  const parsed = edit === undefined ? [] : parseEdits(edit), edits = planEdits(parsed, engine.architecture);
  checkPositions(taps, rows);
  checkReach(parsed, rows.map(({ length }) => ({ promptLength: length, finalLength: length })));
  const start = options.start && startedRun(options.start, rows, { taps, edits, parsed }, engine.architecture);
  const meter = new Meter(label, rows.length, "rows", options);
  throwIfStopped(options.signal);
  const runs: TappedRun[] = [];
  try {
    const alike = taps.some((tap) => hasAllColumns(tap, engine.architecture));
    for (const chunk of chunksOf(rows, alike, start?.start.position)) {
      runs.push(await runChunk(engine, rows, chunk, taps, edits, start, metric));
      await meter.advance(chunk.rows.length);
    }
  } finally {
    meter.end();
  }
  return {
    cache: joined(runs.map(({ cache }) => cache)),
    gradients: joined(runs.map(({ gradients }) => gradients)),
    items: Float32Array.from(runs.flatMap(({ items }) => [...items])),
  };
}

/** Neighbouring rows that are run together. */
interface Chunk {
  readonly first: number;
  readonly rows: readonly (readonly number[])[];
  readonly columns: number;
}

/** Chunks of rows, padded alike or each by itself. */
function chunksOf(rows: readonly (readonly number[])[], alike: boolean, position?: number): Chunk[] {
  const longest = Math.max(...rows.map(({ length }) => length));
  const size = Math.max(1, Math.floor(chunkTokens / (longest - skippedColumns(batchOf(rows, longest), position))));
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => {
    const part = rows.slice(i * size, (i + 1) * size);
    return { first: i * size, rows: part, columns: alike ? longest : Math.max(...part.map(({ length }) => length)) };
  });
}

/** Whether what a tap returns has an axis of all columns, as attention has even where a query is chosen. */
function hasAllColumns({ at, positions }: Tap, architecture: Architecture): boolean {
  return positions === undefined || matchPoints(at, hookPoints(architecture)).some(isAttentionGrid);
}

async function runChunk(
  engine: Engine,
  rows: readonly (readonly number[])[],
  chunk: Chunk,
  taps: readonly RoleTap[],
  edits: Plan["edits"],
  started: StartedRun | undefined,
  metric: RowMetric | undefined,
): Promise<TappedRun> {
  const { architecture } = engine, batch = batchOf(chunk.rows, chunk.columns);
  const skipped = started ? skippedColumns(batch, started.start.position) : 0;
  const computed = { ...batch, columns: batch.columns - skipped, pads: batch.pads.map((pad) => pad - skipped) };
  const { taps: planned, rowLists, readers } = planTaps(
    taps.map((tap) => tapOfChunk(tap, chunk)),
    architecture,
    computed,
  );
  const padded = batch.pads.some((pad) => pad > 0);
  const start = started && { ...started.entry, past: skipped > 0 };
  const scalar = metric && { kind: metric.kind, byWeights: false };
  const plan: Plan = { taps: planned, edits, cached: false, padded, start, metric: scalar };
  const outputs = await engine.forward(plan, viewOf(batch, chunk.first, rows.length, skipped), {
    ...Object.fromEntries(rowLists.map((data, number) => [`rows.${number}`, { data, dims: [data.length] }])),
    ...Object.fromEntries(headFeeds(planned)),
    ...started ? startFeeds(started, chunk.first, batch, skipped, architecture) : {},
    ...metric ? metricFeeds(metric, chunk.first, chunk.rows.length) : {},
  });
  const cacheOf = (wanted: TapRole | undefined) => {
    const tensors = readers.flatMap(({ name, role, read }, index) =>
      role === wanted ? [[name, read(outputs[`tap.${index}`])] as const] : []
    );
    return new Cache(new Map(tensors), batch.rows, batch.pads);
  };
  const items = metric ? outputs[metricNames.items].data as Float32Array : new Float32Array();
  return { cache: cacheOf(undefined), gradients: cacheOf("gradient"), items };
}

function tapOfChunk(tap: RoleTap, { first, rows }: Chunk): RoleTap {
  return isPerRow(tap.positions) ? { ...tap, positions: tap.positions.slice(first, first + rows.length) } : tap;
}

function joined(caches: readonly Cache[]): Cache {
  if (caches.length === 1) return caches[0];
  const tensors = caches[0].names.map((name) => {
    const parts = caches.map((cache) => cache.get(name));
    return [name, Tensor.concat(parts, parts[0].axes[0])] as const;
  });
  return new Cache(new Map(tensors), caches.flatMap(({ tokens }) => tokens), caches.flatMap(({ pads }) => pads));
}

function checkPositions(taps: readonly Tap[], rows: readonly (readonly number[])[]): void {
  for (const { at, positions } of taps) {
    if (Array.isArray(positions) && !positions.length) {
      throw new CircuitbookError(`Expected at least one position to tap at "${at}" but found an empty list.`);
    }
    if (!isPerRow(positions)) {
      if (positions !== undefined) {
        for (const row of rows) resolveSelection(positions, row.length, `position at "${at}"`);
      }
      continue;
    }
    if (positions.length !== rows.length) {
      throw new CircuitbookError(
        `Expected a list of positions for each of ${rows.length} rows at "${at}" but found ${positions.length}.`,
      );
    }
    rows.forEach((row, r) => resolveSelection(positions[r], row.length, `position of row ${r} at "${at}"`));
    if (positions.every((list) => list.length === 0)) {
      throw new CircuitbookError(`Expected at least one position to tap at "${at}" but found none in any row.`);
    }
  }
}

/** The graph inputs that list the heads of taps. */
export function headFeeds(taps: Plan["taps"]): (readonly [string, { data: BigInt64Array; dims: number[] }])[] {
  return taps.flatMap(({ heads }, index) =>
    heads ? [[`heads.${index}`, { data: BigInt64Array.from(heads, BigInt), dims: [heads.length] }] as const] : []
  );
}

/** The columns of a single pass over some neighbouring rows of an input. */
export function viewOf({ rows, pads, columns }: Batch, first: number, rowCount: number, skipped: number): BatchView {
  return {
    batch: rows.length,
    columns: columns - skipped,
    keyColumns: columns,
    pads,
    tokens: rows,
    promptLengths: rows.map((row) => row.length),
    finalLengths: rows.map((row) => row.length),
    rowIds: rows.map((_, row) => first + row),
    rowCount,
  };
}
