import type { GraphTensor } from "../../onnx/feeds.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { KeyValues } from "./key_values.ts";
import type { SessionFeeds } from "./session.ts";

/** The number of columns by which the memory grows. */
const ADDED_COLUMNS = 64;

/**
 * The keys and values of a generation with a single row, [1, kv_head, column, d_head], in memory
 * with room for more columns. A step reads the columns there and writes its own after them, so that
 * nothing is copied until the room is filled.
 */
export class KeyValuesInPlace implements KeyValues {
  /** For each graph input, the keys or values, with room after the columns of each head. */
  #tensors: ReadonlyMap<string, GraphTensor>;
  /** The number of columns that have been written. */
  #columns: number;
  /** The number of columns for which there is memory. */
  #capacity: number;

  readonly #architecture: Architecture;

  /**
   * @param data for each graph input, the keys or values of the columns so far, without room.
   * @param columns the number of columns so far.
   */
  constructor(
    architecture: Architecture,
    data: ReadonlyMap<string, Float32Array>,
    columns: number,
  ) {
    this.#architecture = architecture;
    this.#columns = columns;
    this.#capacity = columns + ADDED_COLUMNS;
    this.#tensors = this.#withRoom(data, columns);
  }

  feeds(): Promise<SessionFeeds> {
    return Promise.resolve(Object.fromEntries(this.#tensors));
  }

  /** Does nothing, because the step has written its keys and values already. */
  write(): void {}

  advance(columns: number): Promise<void> {
    this.#columns += columns;
    if (this.#columns === this.#capacity) {
      const data = [...this.#tensors].map(([name, { data }]) =>
        [name, data as Float32Array] as const
      );
      this.#capacity += ADDED_COLUMNS;
      this.#tensors = this.#withRoom(new Map(data), this.#columns);
    }
    return Promise.resolve();
  }

  /** Does nothing, because the only row stays. */
  keepRows(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Returns keys and values in memory for as many columns as the capacity says.
   *
   * @param columns the number of columns of the data.
   */
  #withRoom(
    data: ReadonlyMap<string, Float32Array>,
    columns: number,
  ): Map<string, GraphTensor> {
    const { kvHeads, headSize } = this.#architecture;
    const [before, after] = [columns * headSize, this.#capacity * headSize];
    const tensors = new Map<string, GraphTensor>();
    for (const [name, old] of data) {
      const grown = new Float32Array(kvHeads * after);
      for (let head = 0; head < kvHeads; head++) {
        grown.set(old.subarray(head * before, (head + 1) * before), head * after);
      }
      tensors.set(name, { data: grown, dims: [1, kvHeads, this.#capacity, headSize] });
    }
    return tensors;
  }
}
