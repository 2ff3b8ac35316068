import type { Feeds } from "../../onnx/feeds.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Cache } from "../plan/cache.ts";
import type { Engine } from "../engine/engine.ts";
import { fillPadding } from "../engine/padding.ts";
import { runPasses } from "../engine/passes.ts";
import type { Architecture } from "../plan/architecture.ts";
import { batchOf } from "../plan/batch.ts";
import { viewOf } from "../engine/chunks.ts";
import { corruptedName, EMBED_SENDER, headsSender, mlpSender, streamName } from "./graph_names.ts";
import type { SessionFeeds } from "../engine/session.ts";
import { junctionsOf, sendersOf } from "./nodes.ts";
import { pointAt, scaleAt } from "../plan/hook_points.ts";
import { longestOf } from "../../base/lists.ts";

/** The tokens of clean and corrupted prompts; both prompts of a pair have the same length. */
export interface TokenPairs {
  readonly clean: readonly (readonly number[])[];
  readonly corrupted: readonly (readonly number[])[];
}

/** Neighbouring pairs that are run in one pass. */
export interface PairChunk extends TokenPairs {
  /** The index of the first pair among all pairs. */
  readonly first: number;
}

/** The hook point of what the embedding writes, learned position embeddings included. */
export const EMBEDDED_POINT = pointAt.residPre(0);

/**
 * Tokens (rows × columns) of one pass. What all senders write at more tokens would not fit the
 * processor's caches.
 */
const CHUNK_TOKENS = 256;

/**
 * The approximate size of what all senders write in one pass, in bytes. A graph holds several times
 * as much.
 */
const HELD_BYTES = 256e6;

/**
 * Yields pairs in chunks. A single pair may exceed the sizes above, since a pair is never split.
 */
export function* chunksOfPairs(
  { clean, corrupted }: TokenPairs,
  architecture: Architecture,
): Generator<PairChunk> {
  const tokens = Math.min(
    CHUNK_TOKENS,
    HELD_BYTES / (4 * architecture.dModel * sendersOf(architecture).length),
  );
  const size = Math.max(1, Math.floor(tokens / longestOf(clean)));
  for (let first = 0; first < clean.length; first += size) {
    const to = first + size;
    yield { first, clean: clean.slice(first, to), corrupted: corrupted.slice(first, to) };
  }
}

/**
 * Returns for each sender the hook point of what it writes. The heads of a layer are one sender,
 * before W_O.
 */
export function senderPoints(
  { layers, dMlp }: Architecture,
): (readonly [sender: string, point: string])[] {
  const ofLayers = Array.from({ length: layers }, (_, layer) => [
    [headsSender(layer), pointAt.z(layer)] as const,
    ...dMlp ? [[mlpSender(layer), pointAt.mlpOut(layer)] as const] : [],
  ]);
  return [[EMBED_SENDER, EMBEDDED_POINT], ...ofLayers.flat()];
}

/** Runs the corrupted prompts and returns what a circuit's graph is fed of them. */
export async function corruptedFeeds(
  engine: Engine,
  rows: PairChunk["corrupted"],
  signal?: AbortSignal,
): Promise<Feeds> {
  const { architecture } = engine;
  const points = [
    ...senderPoints(architecture).map(([name, point]) => [corruptedName(name), point] as const),
    ...junctionsOf(architecture).map(({ name, point }) => [streamName(name), point] as const),
  ];
  return feedsOf(await tapped(engine, rows, points.map(([, point]) => point), signal), points);
}

/**
 * Runs rows and returns the activations at some hook points, at all positions. Padding is zero,
 * since the activations are fed to other graphs: no token attends to padding, but NaN times a
 * weight of zero is NaN.
 */
export async function tapped(
  engine: Engine,
  rows: readonly (readonly number[])[],
  points: readonly string[],
  signal?: AbortSignal,
): Promise<Cache> {
  const all = [...new Set([...points, ...sentPoints(engine.architecture)])];
  const taps = all.map((at) => ({ at }));
  const { cache } = await runPasses(engine, rows, { taps, signal, label: "run" });
  const { pads } = cache;
  const columns = pads[0] + rows[0].length;
  for (const name of cache.names) fillPadding(cache.get(name), { pads, columns }, 0);
  return cache;
}

/** Returns the hook points that are tapped to know what all senders write. */
function sentPoints({ layers, weights, norm }: Architecture): string[] {
  return Array.from({ length: layers }, (_, layer) => layer)
    .filter((layer) => weights.layer(layer).ln1Post && norm.kind !== "none")
    .map((layer) => scaleAt(layer, "ln1_post"));
}

/**
 * Returns what a sender writes, as edge graphs read it. If a norm follows attention, the heads' `z`
 * is divided by the norm's scale, which makes what the heads write additive.
 */
export function sentOf(cache: Cache, point: string): Tensor {
  const value = cache.get(point);
  const layer = /^blocks\.(\d+)\.attn\.hook_z$/.exec(point)?.[1];
  const name = layer === undefined ? "" : scaleAt(Number(layer), "ln1_post");
  if (!cache.names.includes(name)) return value;
  const scales = cache.get(name).data;
  const size = value.data.length / scales.length;
  return new Tensor(
    // Padding has the scale 0.
    value.data.map((item, i) => item / (scales[Math.floor(i / size)] || 1)),
    value.sizes,
  );
}

/**
 * Returns tapped activations as inputs of a graph, from pairs of an input's name and a hook point.
 */
export function feedsOf(cache: Cache, points: readonly (readonly [string, string])[]): Feeds {
  return Object.fromEntries(points.map(([name, point]) => {
    const { data, shape } = sentOf(cache, point);
    return [name, { data, dims: shape }];
  }));
}

/**
 * Returns what every edge graph is fed besides activations: positions, angles, the attention mask,
 * and fed weights.
 */
export async function commonFeeds(
  engine: Engine,
  rows: readonly (readonly number[])[],
  inputs: readonly string[],
): Promise<SessionFeeds> {
  const view = viewOf(batchOf(rows), 0, rows.length, 0);
  return {
    ...engine.feeds.batch(view),
    ...engine.feeds.masks(new Set(inputs), view),
    ...await engine.fedWeightsOf(inputs),
  };
}
