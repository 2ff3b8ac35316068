import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import type { Engine } from "../engine/engine.ts";
import { chunksOfPairs, type PairChunk, type TokenPairs } from "./pairs.ts";

/**
 * Calls `work` with one chunk of pairs after the other. The work reports each run of the chunk's
 * pairs by `meter.advance`.
 *
 * @param label the name of the work, which progress shows.
 * @param runsOfPair how often the work runs each pair.
 */
export async function eachChunk(
  engine: Engine,
  pairs: TokenPairs,
  { label, runsOfPair, watch }: { label: string; runsOfPair: number; watch: Watch },
  work: (chunk: PairChunk, meter: Meter) => Promise<void>,
): Promise<void> {
  const meter = new Meter(label, pairs.clean.length * runsOfPair, "runs", watch);
  throwIfStopped(watch.signal);
  try {
    for (const chunk of chunksOfPairs(pairs, engine.architecture)) await work(chunk, meter);
  } finally {
    meter.end();
  }
}
