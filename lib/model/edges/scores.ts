import type { Feeds, GraphTensor } from "../../onnx/feeds.ts";
import { z } from "zod";
import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Cache } from "../plan/cache.ts";
import type { Engine } from "../engine/engine.ts";
import type { MetricData } from "../plan/metric.ts";
import { lastRowMetric, metricFeeds } from "../plan/row_metric.ts";
import { atLeastOne, checkOptions, watch } from "../../base/options.ts";
import type { MetricKind } from "../plan/plan.ts";
import type { Session } from "../engine/runtime.ts";
import { scoresGraph } from "./graph.ts";
import { edgeCount, junctionsOf } from "./nodes.ts";
import {
  chunksOfPairs,
  commonFeeds,
  EMBEDDED_POINT,
  type PairChunk,
  senderPoints,
  tapped,
  type TokenPairs,
} from "./pairs.ts";

/** How edges are scored. */
export interface EdgeScoreOptions extends Watch {
  /** Runs on the way from the corrupted to the clean embeddings; 1 takes the clean run's gradient. */
  readonly steps: number;
}

const optionsSchema = z.strictObject({ ...watch, steps: atLeastOne });

/**
 * The score of every edge in each pair, [pair, edge] in the order of the model's edges: what the sender writes differently in the
 * clean run, times the gradient of the metric by what the receiver reads.
 *
 * The gradient is that of the clean run, or the mean over `steps` runs whose embeddings go from the corrupted to the clean ones
 * (the corrupted left out, the clean among them).
 */
export async function edgeScores(
  engine: Engine,
  pairs: TokenPairs,
  metric: MetricData,
  options: EdgeScoreOptions,
): Promise<Tensor> {
  checkOptions(options, optionsSchema, "edgeScores");
  const { steps, ...watched } = options;
  const edge = edgeCount(engine.architecture);
  const pair = pairs.clean.length;
  const scalar = lastRowMetric(metric, pairs.clean, engine.architecture);
  const scores = new Tensor(new Float32Array(pair * edge), { pair, edge });
  const meter = new Meter("score edges", pair * steps, "runs", watched);
  throwIfStopped(watched.signal);
  try {
    for (const chunk of chunksOfPairs(pairs, engine.architecture)) {
      const points = senderPoints(engine.architecture);
      const names = points.map(([, point]) => point);
      const clean = await tapped(engine, chunk.clean, names, watched.signal);
      const corrupted = await tapped(engine, chunk.corrupted, names, watched.signal);
      await withScores(engine, scalar.kind, async (session) => {
        const feeds = {
          ...changesOf(clean, corrupted, points),
          ...await commonFeeds(engine, chunk.clean, session.inputs),
          ...metricFeeds(scalar, chunk.first, chunk.clean.length),
        };
        for (let step = 1; step <= steps; step++) {
          const embedded = between(
            corrupted.get(EMBEDDED_POINT),
            clean.get(EMBEDDED_POINT),
            step / steps,
          );
          addScores(engine, scores, chunk, await session.run({ ...feeds, embedded }), steps);
          await meter.advance(chunk.clean.length);
        }
      });
    }
  } finally {
    meter.end();
  }
  return scores;
}

function withScores(
  engine: Engine,
  kind: MetricKind,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { architecture } = engine;
  return engine.withSession(
    `scores of edges, ${kind}`,
    (weights, graph) => scoresGraph(graph, architecture, weights, kind),
    work,
  );
}

/** What each sender writes differently in the clean run. */
function changesOf(
  clean: Cache,
  corrupted: Cache,
  points: readonly (readonly [string, string])[],
): Feeds {
  return Object.fromEntries(points.map(([name, point]) => {
    const { data, shape } = clean.get(point);
    const other = corrupted.get(point).data;
    return [`change.${name}`, { data: data.map((value, i) => value - other[i]), dims: shape }];
  }));
}

/** A point on the straight line between two activations: 0 is the first, 1 the second. */
function between({ data: from, shape }: Tensor, { data: to }: Tensor, share: number): GraphTensor {
  return { data: to.map((value, i) => from[i] + share * (value - from[i])), dims: shape };
}

/** Adds a run's scores, which have every sender for each receiver. */
function addScores(
  { architecture }: Engine,
  { data, shape: [, edges] }: Tensor,
  { first, clean: { length } }: PairChunk,
  results: Record<string, GraphTensor>,
  steps: number,
): void {
  let offset = 0;
  for (const { name, receivers, senders } of junctionsOf(architecture)) {
    const { data: found, dims: [, , all] } = results[`scores.${name}`];
    for (let row = 0; row < length; row++) {
      for (let receiver = 0; receiver < receivers.length; receiver++) {
        const to = (first + row) * edges + offset + receiver * senders;
        const from = (row * receivers.length + receiver) * all;
        for (let sender = 0; sender < senders; sender++) {
          data[to + sender] += Number(found[from + sender]) / steps;
        }
      }
    }
    offset += receivers.length * senders;
  }
}
