import { tapName } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import { Tensor } from "../../base/tensor.ts";
import { Cache } from "../plan/cache.ts";
import { fillPadding } from "../engine/padding.ts";
import { isAttentionGrid } from "../plan/hook_points.ts";
import type { PlannedTap } from "../plan/plan.ts";
import type { BatchView } from "../plan/view.ts";
import { longestOf } from "../../base/lists.ts";

/**
 * Gathers the activations that are tapped at each step of a generation into one cache over the
 * whole texts.
 */
export class GenerationTaps {
  /** [tap][row][token]: the features of a token; on attention grids [head, key]. */
  readonly #pieces: Float32Array[][][];

  readonly #taps: readonly PlannedTap[];
  readonly #rowCount: number;

  constructor(taps: readonly PlannedTap[], rowCount: number) {
    this.#taps = taps;
    this.#rowCount = rowCount;
    this.#pieces = taps.map(() => Array.from({ length: rowCount }, () => []));
  }

  /** Adds the outputs of one forward pass. */
  add(outputs: Readonly<Record<string, GraphTensor>>, view: BatchView): void {
    this.#taps.forEach(({ point }, index) => {
      const data = outputs[tapName(index)].data as Float32Array;
      const { batch, columns, keyColumns, pads } = view;
      for (let row = 0; row < batch; row++) {
        const list = this.#pieces[index][view.rowIds[row]];
        const firstColumn = Math.max(0, pads[row] - (keyColumns - columns));
        for (let column = firstColumn; column < columns; column++) {
          list.push(
            isAttentionGrid(point)
              ? queryOf(data, view, row, column)
              : featuresOf(data, view, row, column),
          );
        }
      }
    });
  }

  /**
   * Returns the cache over the given rows. A row that has ended is still computed until its whole
   * batch has ended; activations after the end of the row are dropped.
   */
  cache(tokens: readonly (readonly number[])[]): Cache {
    const columns = longestOf(tokens);
    const pads = tokens.map((row) => columns - row.length);
    const tensors = this.#taps.map((tap, index) => {
      const rows = this.#pieces[index].map((list, row) => list.slice(0, tokens[row].length));
      return [
        tap.point.name,
        isAttentionGrid(tap.point)
          ? gridOf(tap, rows, pads, columns)
          : sequenceOf(tap, rows, pads, columns),
      ] as const;
    });
    return new Cache(new Map(tensors), tokens, pads);
  }
}

/** Returns the features of one token. */
function featuresOf(
  data: Float32Array,
  { batch, columns }: BatchView,
  row: number,
  column: number,
): Float32Array {
  const features = data.length / (batch * columns);
  const start = (row * columns + column) * features;
  return data.slice(start, start + features);
}

/** Returns the scores of one query with the keys of its row, [head, key], without padding. */
function queryOf(
  data: Float32Array,
  { batch, columns, keyColumns, pads }: BatchView,
  row: number,
  column: number,
): Float32Array {
  const heads = data.length / (batch * columns * keyColumns);
  const keys = keyColumns - pads[row];
  const result = new Float32Array(heads * keys);
  for (let head = 0; head < heads; head++) {
    const start = ((row * heads + head) * columns + column) * keyColumns + pads[row];
    result.set(data.subarray(start, start + keys), head * keys);
  }
  return result;
}

/** Returns an activation [batch, position, …] padded on the left with NaN. */
function sequenceOf(
  { point, heads }: PlannedTap,
  rows: Float32Array[][],
  pads: readonly number[],
  columns: number,
): Tensor {
  const features = rows[0][0].length;
  const data = new Float32Array(rows.length * columns * features).fill(NaN);
  rows.forEach((list, row) =>
    list.forEach((piece, i) => data.set(piece, (row * columns + pads[row] + i) * features))
  );
  const sizes = Object.entries(point.sizes).map((
    [axis, size],
  ) => [axis, heads && axis.endsWith("head") && !axis.startsWith("d_") ? heads.length : size]);
  return new Tensor(data, { batch: rows.length, position: columns, ...Object.fromEntries(sizes) });
}

/**
 * Returns an attention grid [batch, head, query, key]. A key that comes after its query is masked;
 * the rows of padded queries are NaN.
 */
function gridOf(
  { point, heads }: PlannedTap,
  rows: Float32Array[][],
  pads: readonly number[],
  columns: number,
): Tensor {
  const unseen = point.name.endsWith("hook_pattern") ? 0 : -Infinity;
  const headCount = heads?.length ?? point.sizes.head;
  const data = new Float32Array(rows.length * headCount * columns * columns).fill(unseen);
  rows.forEach((list, row) =>
    list.forEach((piece, i) => {
      const keys = piece.length / headCount;
      for (let head = 0; head < headCount; head++) {
        const start = ((row * headCount + head) * columns + pads[row] + i) * columns + pads[row];
        data.set(
          piece.subarray(head * keys, head * keys + Math.min(keys, columns - pads[row])),
          start,
        );
      }
    })
  );
  const grid = { batch: rows.length, head: headCount, query: columns, key: columns };
  const tensor = new Tensor(data, grid);
  fillPadding(tensor, { pads, columns }, NaN);
  return tensor;
}
