import type { Feeds, GraphTensor } from "../../onnx/feeds.ts";
import { z } from "zod";
import type { Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Cache } from "../plan/cache.ts";
import type { Engine } from "../engine/engine.ts";
import type { MetricData } from "../plan/metric.ts";
import { lastRowMetric, metricFeeds } from "../plan/row_metric.ts";
import { atLeastOne, checkOptions, watch } from "../../base/options.ts";
import type { MetricKind } from "../plan/plan.ts";
import type { Session } from "../engine/session.ts";
import { eachChunk } from "./each_chunk.ts";
import { scoresGraph } from "./graph.ts";
import { changeName, EMBEDDED, scoresName } from "./graph_names.ts";
import { scoreNeeds } from "./memory.ts";
import { edgeCount, junctionsOf } from "./nodes.ts";
import {
  commonFeeds,
  EMBEDDED_POINT,
  type PairChunk,
  senderPoints,
  sentOf,
  tapped,
  type TokenPairs,
} from "./pairs.ts";

/** How edges are scored. */
export interface EdgeScoreOptions extends Watch {
  /**
   * The number of runs whose gradients are averaged, with embeddings in equal steps from the
   * corrupted to the clean ones. With 1 step the gradient is that of the clean run.
   */
  readonly steps: number;
}

const optionsSchema = z.strictObject({ ...watch, steps: atLeastOne });

/**
 * Returns the score of every edge in each pair, [pair, edge]: the change of what the sender writes
 * from the corrupted to the clean run, times the metric's gradient by what the receiver reads.
 *
 * The gradient is the mean over `steps` runs whose embeddings are the corrupted ones plus i /
 * `steps` of the way to the clean ones, for i from 1 to `steps`.
 *
 * Sources: edge attribution patching, Syed et al. (arXiv 2310.10348); with several steps, EAP-IG,
 * Hanna et al. (arXiv 2403.17806).
 *
 * @returns [pair, edge], with edges in the order of {@link edgesOf}.
 * @throws CircuitbookError if the runs do not fit into memory.
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
  engine.verifyExact("the scores of edges");
  await engine.verifyFits(scoreNeeds(pairs, engine.architecture));
  const scores = new Tensor(new Float32Array(pair * edge), { pair, edge });
  const points = senderPoints(engine.architecture);
  const names = points.map(([, point]) => point);
  const work = { label: "score edges", runsOfPair: steps, watch: watched };
  await eachChunk(engine, pairs, work, async (chunk, meter) => {
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
        const results = await session.run({ ...feeds, [EMBEDDED]: embedded });
        addScores(engine, scores, chunk, results, steps);
        await meter.advance(chunk.clean.length);
      }
    });
  });
  return scores;
}

/** Calls `work` with the session that scores edges. */
function withScores(
  engine: Engine,
  kind: MetricKind,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { architecture } = engine;
  return engine.withSession(
    `scores of edges, ${kind}`,
    ({ weights, graph }) => scoresGraph(graph, architecture, weights, kind),
    work,
  );
}

/**
 * Returns the change of what each sender writes, clean minus corrupted, by the names of the graph's
 * inputs.
 */
function changesOf(
  clean: Cache,
  corrupted: Cache,
  points: readonly (readonly [string, string])[],
): Feeds {
  return Object.fromEntries(points.map(([name, point]) => {
    const { data, shape } = sentOf(clean, point);
    const other = sentOf(corrupted, point).data;
    return [changeName(name), { data: data.map((value, i) => value - other[i]), dims: shape }];
  }));
}

/**
 * Returns a point on the straight line between two activations; a share of 0 is the first, 1 the
 * second.
 */
function between({ data: from, shape }: Tensor, { data: to }: Tensor, share: number): GraphTensor {
  return { data: to.map((value, i) => from[i] + share * (value - from[i])), dims: shape };
}

/**
 * Adds a run's scores, divided by the number of steps. The graph scores all senders; edges exist
 * from the first ones.
 */
function addScores(
  { architecture }: Engine,
  { data, shape: [, edges] }: Tensor,
  { first, clean: { length } }: PairChunk,
  results: Record<string, GraphTensor>,
  steps: number,
): void {
  let offset = 0;
  for (const { name, receivers, senders } of junctionsOf(architecture)) {
    const { data: found, dims: [, , all] } = results[scoresName(name)];
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
