import { CACHE_KINDS, cacheName } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { KeyValues, RowRange } from "./key_values.ts";
import { KeyValuesInPlace } from "./key_values_in_place.ts";
import type { SessionFeeds, SessionResults } from "./session.ts";

/**
 * The largest number of recent columns. Settling copies all columns, and a pass copies the recent
 * columns.
 */
const RECENT_COLUMNS = 32;

/**
 * Keys or values [row, kv_head, column, d_head] of all layers, in the order of the graph's inputs.
 */
type Columns = readonly Float32Array[];

/**
 * The keys and values of the tokens of a generation so far.
 *
 * The last columns are recent: each pass returns them with the columns that it computed. The
 * columns before them are settled: passes read them without a copy. Recent columns are settled as
 * soon as there are many.
 */
export class HostKeyValues implements KeyValues {
  #settled: Columns;
  #settledCount = 0;
  #recent: Columns;
  #recentCount = 0;
  /**
   * The keys and values that the passes over some rows each have returned since the last {@link
   * advance}.
   */
  #parts: Columns[] = [];
  #rows: number;

  readonly #architecture: Architecture;
  /** The layers and kinds in their order. */
  readonly #slots: readonly { settled: string; past: string; present: string }[];

  /** @param rows the number of rows of the batch. */
  constructor(architecture: Architecture, rows: number) {
    this.#architecture = architecture;
    this.#rows = rows;
    this.#slots = Array.from(
      { length: architecture.layers },
      (_, layer) =>
        CACHE_KINDS.map((kind) => ({
          settled: cacheName("settled", layer, kind),
          past: cacheName("past", layer, kind),
          present: cacheName("present", layer, kind),
        })),
    ).flat();
    const none = this.#slots.map(() => new Float32Array(0));
    this.#settled = none;
    this.#recent = none;
  }

  feeds({ first, count }: RowRange): Promise<SessionFeeds> {
    const { kvHeads, headSize } = this.#architecture;
    const rowsOf = (data: Float32Array, columns: number): GraphTensor => {
      const size = kvHeads * columns * headSize;
      return {
        data: data.subarray(first * size, (first + count) * size),
        dims: [count, kvHeads, columns, headSize],
      };
    };
    const feeds: Record<string, GraphTensor> = {};
    this.#slots.forEach(({ settled, past }, slot) => {
      feeds[settled] = rowsOf(this.#settled[slot], this.#settledCount);
      feeds[past] = rowsOf(this.#recent[slot], this.#recentCount);
    });
    return Promise.resolve(feeds);
  }

  write({ returned }: SessionResults): void {
    this.#parts.push(this.#slots.map(({ present }) => returned[present].data as Float32Array));
  }

  advance(columns: number): Promise<void> {
    const parts = this.#parts;
    this.#parts = [];
    this.#recent = parts.length === 1
      ? parts[0]
      : this.#slots.map((_, slot) => joined(parts.map((part) => part[slot])));
    this.#recentCount += columns;
    if (this.#recentCount > RECENT_COLUMNS) this.#settle();
    return Promise.resolve();
  }

  keepRows(rows: readonly number[]): Promise<void> {
    const kept = (all: Columns) =>
      all.map((data) => {
        const size = data.length / this.#rows;
        return joined(rows.map((row) => data.subarray(row * size, (row + 1) * size)));
      });
    this.#settled = kept(this.#settled);
    this.#recent = kept(this.#recent);
    this.#rows = rows.length;
    return Promise.resolve();
  }

  /**
   * Returns the keys and values so far, in memory into which later steps write theirs. The batch
   * must have one row.
   */
  toInPlace(): KeyValuesInPlace {
    if (this.#recentCount) this.#settle();
    const data = new Map(this.#slots.map(({ past }, slot) => [past, this.#settled[slot]]));
    return new KeyValuesInPlace(this.#architecture, data, this.#settledCount);
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** Appends the recent columns to the settled columns of the same row and head. */
  #settle(): void {
    const { kvHeads, headSize } = this.#architecture;
    const before = this.#settledCount * headSize;
    const added = this.#recentCount * headSize;
    const settled = this.#settled.map((old, slot) => {
      if (!before) return this.#recent[slot];
      const grown = new Float32Array(this.#rows * kvHeads * (before + added));
      for (let head = 0; head < this.#rows * kvHeads; head++) {
        const at = head * (before + added);
        grown.set(old.subarray(head * before, (head + 1) * before), at);
        const recent = this.#recent[slot].subarray(head * added, (head + 1) * added);
        grown.set(recent, at + before);
      }
      return grown;
    });
    this.#settled = settled;
    this.#settledCount += this.#recentCount;
    this.#recent = this.#slots.map(() => new Float32Array(0));
    this.#recentCount = 0;
  }
}

/** Returns the numbers of several arrays in one array. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
