import { CircuitbookError } from "../../base/errors.ts";
import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import type { Engine } from "../engine.ts";
import type { Feeds, Session } from "../runtime.ts";
import { circuitGraph } from "./graph.ts";
import { edgeCount, junctionsOf } from "./nodes.ts";
import {
  chunksOfPairs,
  commonFeeds,
  corruptedFeeds,
  embeddedPoint,
  feedsOf,
  type PairChunk,
  tapped,
  type TokenPairs,
} from "./pairs.ts";

/**
 * Runs the clean prompts of pairs with some edges alone: each other edge hands on what its sender wrote in the corrupted run.
 * Returns the last logits [vocab] by mask and pair.
 *
 * @param masks a number for each edge, in the order of the model's edges: 1 keeps it, 0 corrupts it.
 * @throws CircuitbookError when a mask has another number of edges.
 */
export async function runEdges(
  engine: Engine,
  pairs: TokenPairs,
  masks: readonly Float32Array[],
  watch: Watch = {},
): Promise<Float32Array[][]> {
  const count = edgeCount(engine.architecture), bad = masks.find(({ length }) => length !== count);
  if (bad) throw new CircuitbookError(`Expected a mask of ${count} edges but found one of ${bad.length}.`);
  const logits: Float32Array[][] = masks.map(() => []);
  const meter = new Meter("run with some edges alone", masks.length * pairs.clean.length, "runs", watch);
  throwIfStopped(watch.signal);
  try {
    for (const chunk of chunksOfPairs(pairs, engine.architecture)) {
      const clean = await tapped(engine, chunk.clean, [embeddedPoint], watch.signal);
      const feeds = {
        ...feedsOf(clean, [["embedded", embeddedPoint]]),
        ...await corruptedFeeds(engine, chunk.corrupted, watch.signal),
      };
      await withCircuit(engine, async (session) => {
        const all = { ...feeds, ...await commonFeeds(engine, chunk.clean, session.inputs) };
        for (const [index, mask] of masks.entries()) {
          const results = await session.run({ ...all, ...maskFeeds(engine, mask) });
          logits[index].push(...rowsOf(results["logits"].data as Float32Array, chunk));
          await meter.advance(chunk.clean.length);
        }
      });
    }
  } finally {
    meter.end();
  }
  return logits;
}

function withCircuit(engine: Engine, work: (session: Session) => Promise<void>): Promise<void> {
  return engine.withSession("edges", (weights, graph) => circuitGraph(graph, engine.architecture, weights), work);
}

/** The part of a mask that each junction reads, [1, receiver, sender]. */
function maskFeeds({ architecture }: Engine, mask: Float32Array): Feeds {
  let at = 0;
  return Object.fromEntries(
    junctionsOf(architecture).map(({ name, receivers: { length }, senders }) => {
      const data = mask.slice(at, at += length * senders);
      return [`mask.${name}`, { data, dims: [1, length, senders] }];
    }),
  );
}

function rowsOf(logits: Float32Array, { clean }: PairChunk): Float32Array[] {
  const vocab = logits.length / clean.length;
  return clean.map((_, row) => logits.slice(row * vocab, (row + 1) * vocab));
}
