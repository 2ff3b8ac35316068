import type { Feeds } from "../../onnx/feeds.ts";
import type { Cache } from "../plan/cache.ts";
import type { Engine } from "../engine/engine.ts";
import { runPasses } from "../engine/passes.ts";
import type { Architecture } from "../plan/architecture.ts";
import { batchOf } from "../plan/batch.ts";
import { viewOf } from "../engine/chunks.ts";
import { junctionsOf, sendersOf } from "./nodes.ts";

/** Token rows of pairs, row by row equally long. */
export interface TokenPairs {
  readonly clean: readonly (readonly number[])[];
  readonly corrupted: readonly (readonly number[])[];
}

/** Pairs that are run together. */
export interface PairChunk extends TokenPairs {
  /** Which of all pairs is the first. */
  readonly first: number;
}

/** The hook point of what the first node writes: the embeddings, with learned positions where the model has them. */
export const EMBEDDED_POINT = "blocks.0.hook_resid_pre";

/** Tokens (rows × columns) that are computed together: what all senders write at more would not fit the processor's caches. */
const CHUNK_TOKENS = 256;

/** Bytes, about, of what all senders write at these tokens; a graph holds it several times. A pair is never split. */
const HELD_BYTES = 256e6;

/** Pairs, some at a time. */
export function* chunksOfPairs(
  { clean, corrupted }: TokenPairs,
  architecture: Architecture,
): Generator<PairChunk> {
  const tokens = Math.min(
    CHUNK_TOKENS,
    HELD_BYTES / (4 * architecture.dModel * sendersOf(architecture).length),
  );
  const size = Math.max(1, Math.floor(tokens / Math.max(...clean.map(({ length }) => length))));
  for (let first = 0; first < clean.length; first += size) {
    const to = first + size;
    yield { first, clean: clean.slice(first, to), corrupted: corrupted.slice(first, to) };
  }
}

/** What the senders write in a run (heads before W_O), and where it is tapped: by the names of the graph's inputs. */
export function senderPoints(
  { layers, dMlp }: Architecture,
): (readonly [name: string, point: string])[] {
  const ofLayers = Array.from({ length: layers }, (_, layer) => [
    [`heads.${layer}`, `blocks.${layer}.attn.hook_z`] as const,
    ...dMlp ? [[`mlp.${layer}`, `blocks.${layer}.hook_mlp_out`] as const] : [],
  ]);
  return [["embed", EMBEDDED_POINT], ...ofLayers.flat()];
}

/** What the corrupted run leaves for a run of some edges alone. */
export async function corruptedFeeds(
  engine: Engine,
  rows: PairChunk["corrupted"],
  signal?: AbortSignal,
): Promise<Feeds> {
  const { architecture } = engine;
  const points = [
    ...senderPoints(architecture).map(([name, point]) => [`corrupted.${name}`, point] as const),
    ...junctionsOf(architecture).map(({ name, point }) => [`stream.${name}`, point] as const),
  ];
  return feedsOf(await tapped(engine, rows, points.map(([, point]) => point), signal), points);
}

/** Runs rows, all of their positions tapped. */
export async function tapped(
  engine: Engine,
  rows: readonly (readonly number[])[],
  points: readonly string[],
  signal?: AbortSignal,
): Promise<Cache> {
  const taps = [...new Set(points)].map((at) => ({ at }));
  return (await runPasses(engine, rows, { taps, signal, label: "run" })).cache;
}

/** Tapped activations as inputs of a graph. */
export function feedsOf(cache: Cache, points: readonly (readonly [string, string])[]): Feeds {
  return Object.fromEntries(points.map(([name, point]) => {
    const { data, shape } = cache.get(point);
    return [name, { data, dims: shape }];
  }));
}

/** What every graph of edges is fed besides embeddings: positions, angles and the mask. */
export async function commonFeeds(
  engine: Engine,
  rows: readonly (readonly number[])[],
  inputs: readonly string[],
): Promise<Feeds> {
  const view = viewOf(batchOf(rows), 0, rows.length, 0);
  return {
    ...engine.feeds.batch(view),
    attention_bias: engine.feeds.attentionBias(view),
    ...await engine.fedWeightsOf(inputs),
  };
}
