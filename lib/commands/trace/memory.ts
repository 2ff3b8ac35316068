import { availableMemory } from "../../model/engine/available_memory.ts";
import { product } from "../../base/lists.ts";
import { verifyFits } from "../../model/engine/memory.ts";
import type { Architecture } from "../../model/plan/architecture.ts";
import { hookPoints, isAttentionGrid } from "../../model/plan/hook_points.ts";

const FLOAT_BYTES = 4;

/**
 * The most memory that a number of the table takes, in units of an f32: one in the run's result,
 * two as a number of JavaScript, one in the table, and one in the file that is being written.
 */
const COPIES = 5;

/** What a table of activations is made of. */
export interface TableSize {
  /** The number of tokens of each prompt; each prompt is run alone. */
  readonly lengths: readonly number[];
  /** The names of the hook points. */
  readonly tap: readonly string[];
  /** The positions of each prompt that are in the table; undefined for all. */
  readonly positions?: readonly number[];
}

/**
 * Refuses a table of activations that does not fit into memory, before the first prompt is run.
 *
 * @param available how many bytes are left.
 * @throws CircuitbookError if the table exceeds what is left. The message names both sizes, and the
 * flags that make the table smaller.
 */
export function verifyTableFits(
  { lengths, tap, positions }: TableSize,
  architecture: Architecture,
  available: number = availableMemory(),
): void {
  const names = new Set(tap);
  const points = hookPoints(architecture).filter(({ name }) => names.has(name));
  const numbersOf = (length: number) =>
    points.reduce((sum, point) => {
      const keys = isAttentionGrid(point) ? length : 1;
      return sum + keys * product(Object.values(point.sizes));
    }, 0);
  const byLength = new Map([...new Set(lengths)].map((length) => [length, numbersOf(length)]));
  const numbers = lengths.reduce(
    (sum, length) => sum + (positions?.length ?? length) * byLength.get(length)!,
    0,
  );
  verifyFits([{
    bytes: COPIES * FLOAT_BYTES * numbers,
    purpose: "the activations of all prompts",
    advice: "write the table in parts by --shard 1/N to N/N and deno task merge, or give fewer " +
      "--positions or a narrower --tap",
  }], available);
}
