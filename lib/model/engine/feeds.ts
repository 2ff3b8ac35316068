import { editName, INPUT_NAMES } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import type { Architecture, Rope } from "../plan/architecture.ts";
import { affineValues, projectionValues } from "../plan/edit_values.ts";
import { type HookPoint, hookPoints } from "../plan/hook_points.ts";
import type { Plan } from "../plan/plan.ts";
import { ropeTables } from "../decoder/rotary_embedding.ts";
import type { BatchView } from "../plan/view.ts";

/** Makes the inputs of decoder graphs, one forward pass at a time. */
export class FeedMaker {
  readonly #points: ReadonlyMap<string, HookPoint>;
  readonly #angles = new Map<Rope, { cos: GraphTensor; sin: GraphTensor; positions: number }>();

  readonly #architecture: Architecture;

  constructor(architecture: Architecture) {
    this.#architecture = architecture;

    this.#points = new Map(hookPoints(architecture).map((point) => [point.name, point]));
  }

  /**
   * Returns tokens, positions, rotary angles and lengths of the columns in view.
   *
   * Padding has token 0 and position 0: any would do, since no token attends to padding.
   */
  batch(view: BatchView): Record<string, GraphTensor> {
    const { batch, columns, keyColumns, pads } = view;
    const tokens = new Int32Array(batch * columns);
    const positions = new BigInt64Array(batch * columns);
    for (let row = 0; row < batch; row++) {
      for (let column = 0; column < columns; column++) {
        // Rows are padded on the left, and an earlier run may have computed the first columns.
        const index = keyColumns - columns - pads[row] + column;
        if (index < 0) continue;
        tokens[row * columns + column] = view.tokens[row][index];
        positions[row * columns + column] = BigInt(index);
      }
    }
    return {
      [INPUT_NAMES.tokens]: { data: tokens, dims: [batch, columns] },
      [INPUT_NAMES.positionIds]: { data: positions, dims: [batch, columns] },
      [INPUT_NAMES.keyCount]: { data: Int32Array.of(keyColumns), dims: [] },
      [INPUT_NAMES.lastKey]: { data: Int32Array.of(keyColumns - 1), dims: [1] },
      ...this.#rope(this.#architecture.rope, keyColumns, INPUT_NAMES.cos, INPUT_NAMES.sin),
      ...this.#rope(
        this.#architecture.localRope,
        keyColumns,
        INPUT_NAMES.localCos,
        INPUT_NAMES.localSin,
      ),
    };
  }

  /**
   * Returns the additive mask [batch, 1, query, key], or [1, 1, query, key] if no row is padded.
   *
   * A token attends to the tokens of its row up to itself. Padding attends to itself: a softmax
   * over -Infinity alone would be NaN, which the next layer's values would spread.
   *
   * @param kept the kept queries, as indices into batch × position; every row of the batch keeps
   * the same number. Default: all queries.
   * @param window the number of tokens that a token attends to, itself included. Default: all
   * tokens up to itself.
   */
  attentionBias(
    { batch, columns, keyColumns, pads }: BatchView,
    kept?: BigInt64Array,
    window = Infinity,
  ): GraphTensor {
    // Without padding all rows have one mask, which the operators repeat along the batch.
    const isShared = !kept && !pads.some((pad) => pad > 0);
    const rows = isShared ? 1 : batch;
    const queries = kept ? kept.length / batch : columns;
    const data = new Float32Array(rows * queries * keyColumns);
    for (let row = 0, at = 0; row < rows; row++) {
      for (let query = 0; query < queries; query++, at += keyColumns) {
        const column = kept ? Number(kept[row * queries + query]) - row * columns : query;
        const self = keyColumns - columns + column;
        data.fill(-Infinity, at + self + 1, at + keyColumns);
        // A query in the padding lies before the first token of its row, and is left with itself.
        const first = Math.max(Math.min(pads[row], self), self - window + 1);
        data.fill(-Infinity, at, at + first);
      }
    }
    return { data, dims: [rows, 1, queries, keyColumns] };
  }

  /**
   * Returns the masks that a graph reads: of all queries and of the kept ones, in layers with and
   * without a window.
   *
   * @param inputs the names of the graph's inputs.
   * @param kept the kept queries, if the graph keeps some.
   */
  masks(
    inputs: ReadonlySet<string>,
    view: BatchView,
    kept?: () => BigInt64Array,
  ): Record<string, GraphTensor> {
    const size = this.#architecture.window?.size;
    const makers: Record<string, () => GraphTensor> = {
      [INPUT_NAMES.attentionBias]: () => this.attentionBias(view),
      [INPUT_NAMES.windowBias]: () => this.attentionBias(view, undefined, size),
      [INPUT_NAMES.keptBias]: () => this.attentionBias(view, kept?.()),
      [INPUT_NAMES.keptWindowBias]: () => this.attentionBias(view, kept?.(), size),
    };
    return Object.fromEntries(
      Object.entries(makers).flatMap(([name, make]) => inputs.has(name) ? [[name, make()]] : []),
    );
  }

  /** Returns the scales, shifts, bases and masks of a plan's edits. */
  edits(plan: Plan, view: BatchView): Record<string, GraphTensor> {
    const feeds: Record<string, GraphTensor> = {};
    for (const [name, segments] of plan.edits) {
      const point = this.#points.get(name)!;
      segments.forEach((segment, index) => {
        if (segment.kind === "function") return;
        const values = segment.kind === "affine"
          ? affineValues(segment.edits, point, view)
          : projectionValues(segment.edit, point, view);
        for (const [kind, value] of Object.entries(values)) {
          feeds[editName(name, index, kind)] = value;
        }
      });
    }
    return feeds;
  }

  /**
   * Returns tables of angles for at least a number of positions. Tables that have become too short
   * are doubled.
   */
  #rope(
    rope: Rope | undefined,
    positions: number,
    cosName: string,
    sinName: string,
  ): Record<string, GraphTensor> {
    if (!rope) return {};
    const { headSize, context } = this.#architecture;
    let angles = this.#angles.get(rope);
    if (!angles || angles.positions < positions) {
      // The table covers twice the positions, so that a text that grows by one token a pass needs
      // few tables; the context is the limit.
      const covered = Math.min(Math.max(context, positions), Math.max(256, 2 * positions));
      const { cos, sin } = ropeTables(rope, headSize, covered);
      const dims = [covered, (rope.dims ?? headSize) / 2];
      angles = { cos: { data: cos, dims }, sin: { data: sin, dims }, positions: covered };
      this.#angles.set(rope, angles);
    }
    return { [cosName]: angles.cos, [sinName]: angles.sin };
  }
}
