import { CACHE_KINDS, cacheName, INPUT_NAMES } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { BatchView } from "../plan/view.ts";
import type { KeyValues, RowRange } from "./key_values.ts";
import type { SessionResults } from "./session.ts";

/** The number of columns by which the buffers grow. */
const STEP = 64;

/**
 * The keys and values of the tokens of a generation so far, in buffers [batch, kv_head, capacity, d_head].
 *
 * Each pass returns only the keys and values that it adds, which are copied into the buffers. The buffers
 * grow in small steps, since ONNX Runtime's GroupQueryAttention clears and copies them whole at every pass:
 * 128 rows with room for 440 more tokens took 1.5 times as long as with room for 40 (1.30).
 */
export class HostKeyValues implements KeyValues {
  #buffers: Map<string, Float32Array>;
  #length = 0;
  #capacity = 0;

  readonly #architecture: Architecture;
  #batch: number;
  readonly #limit: number;

  /** @param limit the largest number of columns that the generation can reach. */
  constructor(
    architecture: Architecture,
    batch: number,
    limit: number,
  ) {
    this.#architecture = architecture;
    this.#batch = batch;
    this.#limit = limit;

    this.#buffers = new Map(this.#slots().map(({ past }) => [past, new Float32Array(0)]));
  }

  feeds(
    columns: number,
    { first, count: rows }: RowRange,
  ): Promise<Record<string, GraphTensor>> {
    this.#reserve(this.#length + columns);
    const { kvHeads, headSize } = this.#architecture;
    const dims = [rows, kvHeads, this.#capacity, headSize];
    const size = kvHeads * this.#capacity * headSize;
    const count = (value: number) => ({ data: BigInt64Array.of(BigInt(value)), dims: [1] });
    return Promise.resolve({
      ...Object.fromEntries(
        [...this.#buffers].map(([name, data]) =>
          [name, { data: data.subarray(first * size, (first + rows) * size), dims }] as const
        ),
      ),
      [INPUT_NAMES.cacheStart]: count(this.#length),
      [INPUT_NAMES.cacheEnd]: count(this.#length + columns),
    });
  }

  /** Copies the new keys and values behind the earlier ones. */
  write({ returned }: SessionResults, { columns }: BatchView, { first, count }: RowRange): void {
    const { kvHeads, headSize } = this.#architecture;
    const block = columns * headSize;
    for (const { past, fresh } of this.#slots()) {
      const buffer = this.#buffers.get(past)!;
      const added = returned[fresh].data as Float32Array;
      for (let head = 0; head < count * kvHeads; head++) {
        const at = ((first * kvHeads + head) * this.#capacity + this.#length) * headSize;
        buffer.set(added.subarray(head * block, (head + 1) * block), at);
      }
    }
  }

  advance(columns: number): Promise<void> {
    this.#length += columns;
    return Promise.resolve();
  }

  keepRows(rows: readonly number[]): Promise<void> {
    const size = this.#architecture.kvHeads * this.#capacity * this.#architecture.headSize;
    for (const [name, buffer] of this.#buffers) {
      const kept = new Float32Array(rows.length * size);
      rows.forEach((row, index) =>
        kept.set(buffer.subarray(row * size, (row + 1) * size), index * size)
      );
      this.#buffers.set(name, kept);
    }
    this.#batch = rows.length;
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** Grows the buffers to hold at least so many columns. */
  #reserve(columns: number): void {
    if (columns <= this.#capacity) return;
    const { kvHeads, headSize } = this.#architecture;
    const before = this.#capacity;
    // Buffers grow by steps, since each growth copies all keys and values.
    this.#capacity = Math.max(columns, Math.min(this.#limit, Math.ceil(columns / STEP) * STEP));
    for (const [name, buffer] of this.#buffers) {
      const grown = new Float32Array(this.#batch * kvHeads * this.#capacity * headSize);
      for (let head = 0; head < this.#batch * kvHeads; head++) {
        const from = head * before * headSize;
        grown.set(
          buffer.subarray(from, from + this.#length * headSize),
          head * this.#capacity * headSize,
        );
      }
      this.#buffers.set(name, grown);
    }
  }

  /** The names of the graph's inputs and outputs with keys and values, layer by layer. */
  #slots(): { past: string; fresh: string }[] {
    return Array.from(
      { length: this.#architecture.layers },
      (_, layer) =>
        CACHE_KINDS.map((kind) => ({
          past: cacheName("past", layer, kind),
          fresh: cacheName("fresh", layer, kind),
        })),
    ).flat();
  }
}
