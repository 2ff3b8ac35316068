import { METRIC_NAMES } from "../plan/graph_names.ts";
import type { Feeds } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import type { Engine } from "../engine/engine.ts";
import type { MetricData } from "../plan/metric.ts";
import { lastRowMetric, metricFeeds, metricValues } from "../plan/row_metric.ts";
import type { MetricKind } from "../plan/plan.ts";
import type { Session } from "../engine/session.ts";
import { eachChunk } from "./each_chunk.ts";
import { circuitGraph } from "./graph.ts";
import { EMBEDDED, maskName } from "./graph_names.ts";
import { maskedNeeds } from "./memory.ts";
import { edgeCount, junctionsOf } from "./nodes.ts";
import {
  commonFeeds,
  corruptedFeeds,
  EMBEDDED_POINT,
  feedsOf,
  tapped,
  type TokenPairs,
} from "./pairs.ts";

/**
 * Runs the clean prompts of pairs under masks of edges, and returns a metric of the last logits for
 * each mask and pair. A corrupted edge hands on what its sender wrote in the corrupted run.
 *
 * @param masks for each mask a number for each edge, in the order of {@link edgesOf}: 1 keeps the
 * edge, 0 corrupts it.
 * @returns `[mask][pair]`.
 * @throws CircuitbookError if a mask has another number of edges than the model, or if the runs do
 * not fit into memory.
 */
export async function runEdges(
  engine: Engine,
  pairs: TokenPairs,
  masks: readonly Float32Array[],
  metric: MetricData,
  watch: Watch = {},
): Promise<number[][]> {
  engine.verifyExact("a run of some edges");
  const count = edgeCount(engine.architecture);
  const bad = masks.find(({ length }) => length !== count);
  if (bad) {
    throw new CircuitbookError(`Expected a mask of ${count} edges but found one of ${bad.length}.`);
  }
  const scalar = lastRowMetric(metric, pairs.clean, engine.architecture);
  await engine.verifyFits(maskedNeeds(pairs, engine.architecture));
  const values: number[][] = masks.map(() => []);
  const label = "run with some edges alone";
  const runsOfPair = masks.length;
  await eachChunk(engine, pairs, { label, runsOfPair, watch }, async (chunk, meter) => {
    const { first, clean: { length } } = chunk;
    const clean = await tapped(engine, chunk.clean, [EMBEDDED_POINT], watch.signal);
    const feeds = {
      ...feedsOf(clean, [[EMBEDDED, EMBEDDED_POINT]]),
      ...await corruptedFeeds(engine, chunk.corrupted, watch.signal),
      ...metricFeeds(scalar, first, length),
    };
    const asked = { ...scalar, weights: scalar.weights.slice(first, first + length) };
    await withCircuit(engine, scalar.kind, async (session) => {
      const all = { ...feeds, ...await commonFeeds(engine, chunk.clean, session.inputs) };
      for (const [index, mask] of masks.entries()) {
        const results = await session.run({ ...all, ...maskFeeds(engine, mask) });
        values[index].push(
          ...metricValues(asked, results[METRIC_NAMES.items].data as Float32Array),
        );
        await meter.advance(length);
      }
    });
  });
  return values;
}

/** Calls `work` with the session that runs a circuit. */
function withCircuit(
  engine: Engine,
  kind: MetricKind,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { architecture } = engine;
  return engine.withSession(
    `edges, ${kind}`,
    ({ weights, graph }) => circuitGraph(graph, architecture, weights, kind),
    work,
  );
}

/** Returns the part of a mask that each junction reads, [1, receiver, sender]. */
function maskFeeds({ architecture }: Engine, mask: Float32Array): Feeds {
  let at = 0;
  return Object.fromEntries(
    junctionsOf(architecture).map(({ name, receivers: { length }, senders }) => {
      const data = mask.slice(at, at += length * senders);
      return [maskName(name), { data, dims: [1, length, senders] }];
    }),
  );
}
