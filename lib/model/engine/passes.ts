import { headsName, METRIC_NAMES, rowsName, tapName } from "../plan/graph_names.ts";
import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Architecture } from "../plan/architecture.ts";
import { type Batch, batchOf } from "../plan/batch.ts";
import { Cache } from "../plan/cache.ts";
import { type Chunk, chunksOf, hasAllColumns, tapOfChunk, viewOf } from "./chunks.ts";
import { type Edit, parseEdits } from "../plan/edit.ts";
import type { Engine } from "./engine.ts";
import { hookPoints } from "../plan/hook_points.ts";
import {
  activationBytes,
  backwardBytes,
  type MemoryNeed,
  metricBytes,
  tappedBytes,
} from "./memory.ts";
import { metricFeeds, type RowMetric } from "../plan/row_metric.ts";
import { type Plan, planEdits, type TapRole } from "../plan/plan.ts";
import { checkReach } from "../plan/region.ts";
import { type Start, type StartedRun, startedRun } from "../plan/start.ts";
import { fillPadding } from "./padding.ts";
import { skippedColumns, startFeeds } from "./start_feeds.ts";
import { checkTapPositions, chosenPoints, planTaps, type RoleTap } from "../plan/tap.ts";

/** A request: the taps, edits, start and metric of some token rows. */
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

/** The results of a pass over one chunk of rows. */
interface ChunkResult {
  readonly batch: Batch;
  readonly activations: Map<string, Tensor>;
  readonly gradients: Map<string, Tensor>;
  readonly items: Float32Array;
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
 * Runs token rows in chunks: a forward pass and, if there is a metric to differentiate, a backward
 * pass.
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
  const padsToLongest = taps.some((tap) => hasAllColumns(tap, architecture));
  const tapped = tappedBytes(taps, rows, architecture);
  const bytes = tapped.reduce((a, b) => a + b, 0) + metricSize(metric, architecture);
  const chunks = chunksOf(rows, padsToLongest, bytes, start?.position);
  await engine.verifyFits(needsOf(request, chunks, tapped, architecture));
  const meter = new Meter(label, rows.length, "rows", watch);
  const parts: ChunkResult[] = [];
  try {
    if (chunks.length > 1) meter.begin();
    throwIfStopped(watch.signal);
    for (const chunk of chunks) {
      parts.push(await passOver(engine, chunk, request));
      await meter.advance(chunk.rows.length);
    }
  } finally {
    meter.end();
  }
  return joined(parts, (role) => chosenPoints(taps, role, architecture));
}

/**
 * Returns about how much memory a request needs besides the weights.
 *
 * @param tapped for each tapped hook point, the size in bytes of its activations over all rows.
 */
function needsOf(
  { rowCount, start, metric }: PlannedRequest,
  chunks: readonly Chunk[],
  tapped: readonly number[],
  architecture: Architecture,
): MemoryNeed[] {
  const all = tapped.reduce((a, b) => a + b, 0);
  // The activations that a pass returns are in memory twice, as ONNX Runtime's and as a tensor. At
  // the end, the activations whose chunks are being joined are in memory twice as well.
  const ofPass = all * Math.max(...chunks.map(({ rows }) => rows.length)) / rowCount;
  const joining = chunks.length > 1 ? Math.max(0, ...tapped) : 0;
  const passes = chunks.map(({ rows, columns }) => {
    const computed = columns - skippedColumns(batchOf(rows, columns), start?.start.position);
    const size = { tokens: rows.length * computed, keys: columns };
    return metric
      ? backwardBytes(architecture, size, layersBetween(start, metric, architecture))
      : activationBytes(architecture, size);
  });
  const longestMetric = chunks.map(({ first, rows: { length } }) =>
    metricSize(metric, architecture, { first, count: length })
  );
  return [
    {
      bytes: all + Math.max(ofPass, joining),
      purpose: "tapped activations",
      advice: "tap fewer hook points, select positions or heads in the taps, or run fewer rows",
      returned: true,
    },
    {
      bytes: Math.max(...passes),
      purpose: metric ? "the activations of all layers" : "the activations of a layer",
      advice: metric ? 'set activations: "recompute", or shorten the rows' : "shorten the rows",
    },
    {
      bytes: Math.max(...longestMetric),
      purpose: "the logits that the metric reads",
      advice: "choose fewer positions in the metric, or shorten the rows",
    },
  ];
}

/** Returns the size in bytes of the logits that a metric reads in some rows. Default: all rows. */
function metricSize(
  metric: RowMetric | undefined,
  architecture: Architecture,
  { first, count }: { first: number; count?: number } = { first: 0 },
): number {
  if (!metric || metric.kind === "score") return 0;
  const rows = metric.positions.slice(first, count === undefined ? undefined : first + count);
  return metricBytes(architecture, rows.reduce((sum, { length }) => sum + length, 0));
}

/**
 * Returns the number of layers between the start of a run and the activation that a metric reads.
 */
function layersBetween(
  start: StartedRun | undefined,
  { at }: RowMetric,
  architecture: Architecture,
): number {
  const last = hookPoints(architecture).find(({ name }) => name === at)?.layer;
  return (last === undefined ? architecture.layers : last + 1) - (start?.entry.layer ?? 0);
}

/** Runs one chunk of rows. */
async function passOver(
  engine: Engine,
  chunk: Chunk,
  { rowCount, taps, edits, start, metric }: PlannedRequest,
): Promise<ChunkResult> {
  const { architecture } = engine;
  const { first } = chunk;
  const batch = batchOf(chunk.rows, chunk.columns);
  // A start leaves out the columns on the left: padding, and positions that the earlier run
  // computed.
  const skipped = skippedColumns(batch, start?.start.position);
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
  const tensorsOf = (wanted: TapRole | undefined) =>
    new Map(
      planned.readers.flatMap(({ name, role, read }, index) =>
        role === wanted ? [[name, read(outputs[tapName(index)])] as const] : []
      ),
    );
  const activations = tensorsOf(undefined);
  for (const { point, role, rows } of planned.taps) {
    // Listed positions hold no padding.
    if (role === undefined && rows === undefined) {
      fillPadding(activations.get(point.name)!, batch, NaN);
    }
  }
  const items = metric ? outputs[METRIC_NAMES.items].data as Float32Array : new Float32Array();
  return { batch, activations, gradients: tensorsOf("gradient"), items };
}

/**
 * Returns the results of all chunks as one. Their activations are joined along the batch or the
 * listed positions.
 */
function joined(
  parts: readonly ChunkResult[],
  chosenOf: (role: TapRole | undefined) => ReadonlySet<string>,
): Passed {
  const tokens = parts.flatMap(({ batch: { rows } }) => rows);
  const pads = parts.flatMap(({ batch: { pads } }) => pads);
  const cacheOf = (role: "activations" | "gradients") => {
    const tensors = new Map<string, Tensor>();
    for (const name of parts[0][role].keys()) {
      const ofChunks = parts.map((part) => part[role].get(name)!);
      // The chunks release the joined tensors, so that only one hook point is in memory twice.
      parts.forEach((part) => part[role].delete(name));
      const [first] = ofChunks;
      tensors.set(name, parts.length === 1 ? first : Tensor.concat(ofChunks, first.axes[0]));
    }
    const chosen = chosenOf(role === "gradients" ? "gradient" : undefined);
    return new Cache(tensors, tokens, pads, chosen);
  };
  return {
    cache: cacheOf("activations"),
    gradients: cacheOf("gradients"),
    items: Float32Array.from(parts.flatMap(({ items }) => [...items])),
  };
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
