import { activationBytes, backwardBytes, type MemoryNeed } from "../engine/memory.ts";
import type { Architecture } from "../plan/architecture.ts";
import { edgeCount, junctionsOf, sendersOf } from "./nodes.ts";
import { chunksOfPairs, type TokenPairs } from "./pairs.ts";
import { longestOf } from "../../base/lists.ts";

const FLOAT_BYTES = 4;

/**
 * Returns about how much memory running pairs under masks of edges needs besides the weights: what
 * every sender writes now and in the corrupted run, and what the receivers of a layer read.
 */
export function maskedNeeds(pairs: TokenPairs, architecture: Architecture): MemoryNeed[] {
  const { dModel } = architecture;
  const tokens = tokensOfChunk(pairs, architecture);
  const junctions = junctionsOf(architecture);
  const senders = sendersOf(architecture).length;
  const receivers = Math.max(...junctions.map(({ receivers: { length } }) => length));
  // Written activations are in memory twice: sender by sender, and joined for the next receivers.
  const vectors = 2 * senders + 2 * architecture.layers + junctions.length;
  return [
    need(FLOAT_BYTES * tokens * vectors * dModel, "what all nodes write"),
    need(3 * FLOAT_BYTES * tokens * receivers * dModel, "what the receivers of a layer read"),
    need(passBytes(pairs, tokens, architecture), "the activations of a layer"),
  ];
}

/**
 * Returns about how much memory scoring edges needs besides the weights: the change of every
 * sender, and what every receiver of the model reads, with its gradient.
 */
export function scoreNeeds(pairs: TokenPairs, architecture: Architecture): MemoryNeed[] {
  const { dModel, layers } = architecture;
  const tokens = tokensOfChunk(pairs, architecture);
  const senders = sendersOf(architecture).length;
  const reads = junctionsOf(architecture).reduce((sum, { receivers }) => sum + receivers.length, 0);
  const keys = longestOf(pairs.clean);
  return [
    // The changes stand three times: sender by sender, joined, and transposed for the products.
    need(3 * FLOAT_BYTES * tokens * senders * dModel, "what all nodes write"),
    need(3 * FLOAT_BYTES * tokens * reads * dModel, "what all receivers read"),
    need(backwardBytes(architecture, { tokens, keys }, layers), "the activations of all layers"),
    {
      bytes: FLOAT_BYTES * pairs.clean.length * edgeCount(architecture),
      purpose: "the scores of all edges",
      advice: "score fewer pairs at a time",
      returned: true,
    },
  ];
}

function need(bytes: number, purpose: string): MemoryNeed {
  return { bytes, purpose, advice: "shorten the prompts" };
}

function passBytes(pairs: TokenPairs, tokens: number, architecture: Architecture): number {
  return activationBytes(architecture, { tokens, keys: longestOf(pairs.clean) });
}

/** Returns the most tokens (rows × columns) that are run in one pass. */
function tokensOfChunk(pairs: TokenPairs, architecture: Architecture): number {
  const [{ clean }] = chunksOfPairs(pairs, architecture);
  return clean.length * longestOf(pairs.clean);
}
