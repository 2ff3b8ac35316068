import type { GraphTensor } from "../../onnx/feeds.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { KeyValues } from "./key_values.ts";
import type { SessionFeeds } from "./session.ts";

/** For how many more columns room is made at a time. */
const ROOM = 64;

/**
 * The keys and values of a generation with a single row, [1, kv_head, column, d_head], in memory
 * with room for more columns. A step reads the columns there and writes its own after them, so that
 * nothing is copied until the room is filled.
 */
export class KeyValuesInPlace implements KeyValues {
  /** The keys or values of each layer, with room after the columns of each head. */
  #data: readonly Float32Array[];
  /** The number of columns that have been written. */
  #columns: number;
  /** The number of columns for which there is memory. */
  #capacity: number;

  readonly #architecture: Architecture;
  /** The graph inputs with keys or values, in the order of the data. */
  readonly #inputs: readonly string[];

  /**
   * @param inputs the graph inputs with keys or values.
   * @param data for each input, the keys or values of the columns so far, without room.
   * @param columns the number of columns so far.
   */
  constructor(
    architecture: Architecture,
    inputs: readonly string[],
    data: readonly Float32Array[],
    columns: number,
  ) {
    this.#architecture = architecture;
    this.#inputs = inputs;
    this.#data = data;
    this.#columns = columns;
    this.#capacity = columns;
  }

  feeds(): Promise<SessionFeeds> {
    if (this.#columns === this.#capacity) this.#makeRoom();
    const { kvHeads, headSize } = this.#architecture;
    const dims = [1, kvHeads, this.#capacity, headSize];
    const feeds = this.#inputs.map((name, slot): [string, GraphTensor] => {
      return [name, { data: this.#data[slot], dims }];
    });
    return Promise.resolve(Object.fromEntries(feeds));
  }

  /** Does nothing, because the step has written its keys and values already. */
  write(): void {}

  advance(columns: number): Promise<void> {
    this.#columns += columns;
    return Promise.resolve();
  }

  /** Does nothing, because the only row stays. */
  keepRows(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** Moves the columns of each head into memory with room for more. */
  #makeRoom(): void {
    const { kvHeads, headSize } = this.#architecture;
    const before = this.#capacity * headSize;
    this.#capacity += ROOM;
    const after = this.#capacity * headSize;
    this.#data = this.#data.map((old) => {
      const data = new Float32Array(kvHeads * after);
      for (let head = 0; head < kvHeads; head++) {
        data.set(old.subarray(head * before, (head + 1) * before), head * after);
      }
      return data;
    });
  }
}
