import { CircuitbookError } from "../../base/errors.ts";
import type { Architecture } from "../plan/architecture.ts";
import { headAxis, hookPoints, isAttentionGrid, matchPoints } from "../plan/hook_points.ts";
import { positionsByRow } from "../plan/positions.ts";
import type { RoleTap } from "../plan/tap.ts";
import { longestOf } from "../../base/lists.ts";

const FLOAT_BYTES = 4;

/** Memory that a run needs for one purpose. */
export interface MemoryNeed {
  readonly bytes: number;
  /** The content of the memory: `tapped activations`. */
  readonly purpose: string;
  /** The advice that makes this need smaller, for the message about a run that does not fit. */
  readonly advice: string;
  /** Whether a run on a GPU needs this memory beside the processor too, because it is a result. */
  readonly returned?: boolean;
}

/**
 * Refuses a run that does not fit into memory.
 *
 * @param available how many bytes are left.
 * @param where the memory, for the message: `memory`, or `memory of the GPU`.
 * @throws CircuitbookError if the needs exceed what is left. The message names both sizes, each
 * need, and what makes the largest need smaller.
 */
export function verifyFits(
  needs: readonly MemoryNeed[],
  available: number,
  where = "memory",
): void {
  const total = needs.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= available) return;
  const largestFirst = needs.filter(({ bytes }) => bytes > 0).toSorted((a, b) => b.bytes - a.bytes);
  const parts = largestFirst.map(({ bytes, purpose }) => `${inWords(bytes)} for ${purpose}`);
  throw new CircuitbookError(
    `Expected a run that fits into the ${
      inWords(available)
    } of ${where} that are left but found one that needs ${inWords(total)} (${parts.join(", ")}); ${
      largestFirst[0].advice
    }.`,
  );
}

/** A size in kB, MB or GB, rounded. */
function inWords(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** Returns the sizes of what taps return of some rows, in bytes, one for each hook point. */
export function tappedBytes(
  taps: readonly RoleTap[],
  rows: readonly (readonly number[])[],
  architecture: Architecture,
): number[] {
  const columns = longestOf(rows);
  // The activation that a metric reads stays in the graph.
  return taps.filter(({ role }) => role !== "metric").flatMap(({ at, positions, heads }) => {
    const kept = positions === undefined
      ? rows.length * columns
      : positionsByRow(positions, rows).reduce((sum, list) => sum + list.length, 0);
    return matchPoints(at, hookPoints(architecture)).map((point) => {
      const sizes = Object.entries(point.sizes).map(([axis, size]) =>
        heads && axis === headAxis(point) ? heads.length : size
      );
      const keys = isAttentionGrid(point) ? columns : 1;
      return FLOAT_BYTES * kept * sizes.reduce((a, b) => a * b, keys);
    });
  });
}

/** A pass whose activations are estimated. */
export interface PassSize {
  /** Rows × columns that are computed. */
  readonly tokens: number;
  /** The number of keys that each query attends to. */
  readonly keys: number;
}

/**
 * Returns about the number of bytes that the activations of a forward pass take at the same time,
 * without tapped activations: the activations of one layer.
 */
export function activationBytes(
  { heads, dModel, dMlp }: Architecture,
  { tokens, keys }: PassSize,
): number {
  // The stream and its normalised copy, queries, keys, values; scores and pattern; an MLP's inputs
  // and output.
  return FLOAT_BYTES * tokens * (5 * dModel + 2 * heads * keys + 3 * dMlp);
}

/**
 * Returns about how many bytes the activations of a backward pass take at the same time: what the
 * pass keeps of each layer, and the activations and gradients of the layer that it is in.
 *
 * @param layers the number of layers that are differentiated.
 */
export function backwardBytes(
  architecture: Architecture,
  size: PassSize,
  layers: number,
): number {
  const { heads, dModel, dMlp } = architecture;
  const { tokens, keys } = size;
  // The stream twice, both norms' outputs, queries, keys and values rotated; the pattern; the MLP's
  // four parts.
  const kept = FLOAT_BYTES * tokens * (8 * dModel + heads * keys + 4 * dMlp);
  return layers * kept + 2 * activationBytes(architecture, size);
}

/**
 * Returns about how many bytes the logits take that a metric is computed of: the logits, their
 * log-probabilities, and the gradients of both.
 *
 * @param tokens the number of positions whose logits the metric reads.
 */
export function metricBytes({ vocab }: Architecture, tokens: number): number {
  return 4 * FLOAT_BYTES * tokens * vocab;
}

/** Returns the size of the keys and values of a generation, in bytes. */
export function cacheBytes(
  { layers, kvHeads, headSize }: Architecture,
  rows: number,
  columns: number,
): number {
  const keysAndValues = 2;
  return FLOAT_BYTES * keysAndValues * layers * kvHeads * headSize * rows * columns;
}
