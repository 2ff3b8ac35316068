import { editName, INPUT_NAMES } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import type { Architecture } from "../plan/architecture.ts";
import { affineValues, projectionValues } from "../plan/edit_values.ts";
import { type HookPoint, hookPoints } from "../plan/hook_points.ts";
import type { Plan } from "../plan/plan.ts";
import { ropeTables } from "../decoder/rotary_embedding.ts";
import type { BatchView } from "../plan/view.ts";

/** Makes the inputs of decoder graphs, one forward pass at a time. */
export class FeedMaker {
  readonly #points: ReadonlyMap<string, HookPoint>;
  #angles: { cos: GraphTensor; sin: GraphTensor; positions: number } | undefined;

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
        const index = keyColumns - columns - pads[row] + column;
        if (index < 0) continue;
        tokens[row * columns + column] = view.tokens[row][index];
        positions[row * columns + column] = BigInt(index);
      }
    }
    return {
      [INPUT_NAMES.tokens]: { data: tokens, dims: [batch, columns] },
      [INPUT_NAMES.positionIds]: { data: positions, dims: [batch, columns] },
      [INPUT_NAMES.lastKey]: { data: new Int32Array(batch).fill(keyColumns - 1), dims: [batch] },
      [INPUT_NAMES.keyCount]: { data: new Int32Array([keyColumns]), dims: [] },
      ...this.#rope(keyColumns),
    };
  }

  /**
   * Returns the additive mask [batch, 1, query, key], or [1, 1, query, key] if no row is padded.
   *
   * A token attends to the tokens of its row up to itself. Padding attends to itself: a softmax over
   * -Infinity alone would be NaN, which the next layer's values would spread.
   *
   * @param kept the queries (indices into batch × position), as many in each row of the batch; all
   *   queries by default.
   */
  attentionBias(
    { batch, columns, keyColumns, pads }: BatchView,
    kept?: BigInt64Array,
  ): GraphTensor {
    const alike = !kept && !pads.some((pad) => pad > 0);
    const rows = alike ? 1 : batch;
    const queries = kept ? kept.length / batch : columns;
    const data = new Float32Array(rows * queries * keyColumns);
    for (let row = 0, at = 0; row < rows; row++) {
      for (let query = 0; query < queries; query++, at += keyColumns) {
        const column = kept ? Number(kept[row * queries + query]) - row * columns : query;
        const self = keyColumns - columns + column;
        data.fill(-Infinity, at + self + 1, at + keyColumns);
        data.fill(-Infinity, at, at + Math.min(pads[row], self));
      }
    }
    return { data, dims: [rows, 1, queries, keyColumns] };
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

  /** Returns tables of angles for at least so many positions. They are doubled when they are outgrown. */
  #rope(positions: number): Record<string, GraphTensor> {
    const { rope, headSize, context } = this.#architecture;
    if (!rope) return {};
    if (!this.#angles || this.#angles.positions < positions) {
      const covered = Math.min(Math.max(context, positions), Math.max(256, 2 * positions));
      const { cos, sin } = ropeTables(rope, headSize, covered);
      const dims = [covered, headSize / 2];
      this.#angles = { cos: { data: cos, dims }, sin: { data: sin, dims }, positions: covered };
    }
    return { [INPUT_NAMES.cos]: this.#angles.cos, [INPUT_NAMES.sin]: this.#angles.sin };
  }
}
