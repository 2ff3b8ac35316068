import type { GraphTensor } from "../../onnx/feeds.ts";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection, Tensor } from "../../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import type { Batch } from "./batch.ts";
import {
  headAxis,
  type HookPoint,
  hookPoints,
  isAttentionGrid,
  matchPoints,
} from "./hook_points.ts";
import { checkOptions, positions, wholeNumbers } from "../../base/options.ts";
import { isPerRow, type Positions, positionsByRow } from "./positions.ts";
import type { PlannedTap, TapRole } from "./plan.ts";

/**
 * An activation to return. Positions and heads are selected inside the graph, so that only they are
 * copied out.
 */
export interface Tap {
  /** A hook point or a glob, such as `blocks.*.hook_resid_post`. */
  readonly at: string;
  /** The positions to keep. Default: all. */
  readonly positions?: Positions;
  /** The heads to keep; at `hook_k`, `hook_v` and `hook_rot_k`, key/value heads. Default: all. */
  readonly heads?: readonly number[];
}

const tapSchema = z.strictObject({
  at: z.string("to be a hook point or a glob"),
  positions: positions.optional(),
  heads: wholeNumbers.optional(),
});

/** The activations to return: names, globs, or names with positions and heads. */
export type Taps = string | Tap | readonly (string | Tap)[];

/** A tap, with the role of its activation if the activation is not returned. */
export type RoleTap = Tap & { readonly role?: TapRole };

/** Taps as a graph knows them, and readers that make tensors of their outputs. */
export interface TapPlan {
  readonly taps: readonly PlannedTap[];
  /** For each graph input `rows.N`, the rows (batch × column) that it lists. */
  readonly rowLists: readonly BigInt64Array[];
  /** One reader for each tap. */
  readonly readers: readonly TapReader[];
}

/** Makes a tensor of the output of a tap. */
export interface TapReader {
  /** The hook point. */
  readonly name: string;
  /** The role of the activation if it is not returned. */
  readonly role?: TapRole;
  /** Makes the tensor. */
  readonly read: (output: GraphTensor) => Tensor;
}

/**
 * Returns the taps of a run over a batch, planned.
 *
 * @throws CircuitbookError if a hook point is unknown, or lacks the heads or positions that a tap
 * selects.
 */
export function planTaps(
  taps: readonly RoleTap[],
  architecture: Architecture,
  batch: Batch,
): TapPlan {
  const points = hookPoints(architecture);
  const seen = new Set<string>();
  const lists = new Map<string, RowList>();
  const planned: PlannedTap[] = [];
  const readers: TapReader[] = [];
  for (const { at, positions, heads, role } of taps) {
    for (const point of matchPoints(at, points)) {
      const key = `${role ?? "activation"} ${point.name}`;
      if (seen.has(key)) {
        throw new CircuitbookError(
          `Expected each hook point to be tapped once but found "${point.name}" twice.`,
        );
      }
      seen.add(key);
      const kept = positions === undefined ? undefined : rowList(lists, positions, batch);
      const headList = heads && headIndices(heads, point);
      planned.push({ point, role, rows: kept?.number, regular: kept?.regular, heads: headList });
      readers.push({
        name: point.name,
        role,
        read: (output) => tensorOf(output, point, batch, headList?.length, kept),
      });
    }
  }
  return { taps: planned, rowLists: [...lists.values()].map(({ rows }) => rows), readers };
}

/**
 * Returns taps in their long form.
 *
 * @param positions the positions of every tap that names none of its own.
 * @throws CircuitbookError if a tap has a wrong or unknown key.
 */
export function listTaps(taps: Taps, positions: Positions | undefined): Tap[] {
  const list = Array.isArray(taps) ? taps as readonly (string | Tap)[] : [taps as string | Tap];
  list.forEach((tap, number) =>
    typeof tap !== "string" && checkOptions(tap, tapSchema, `tap ${number}`)
  );
  return list.map((tap) =>
    typeof tap === "string" ? { at: tap, positions } : { positions, ...tap }
  );
}

/**
 * Checks the positions of taps against the rows of a run.
 *
 * @throws CircuitbookError if a position does not exist, or if a tap keeps no position of any row.
 */
export function checkTapPositions(
  taps: readonly Tap[],
  rows: readonly (readonly number[])[],
): void {
  for (const { at, positions } of taps) {
    if (positions === undefined) continue;
    const lists = positionsByRow(positions, rows, ` at "${at}"`);
    if (Array.isArray(positions) && lists.every((list) => !list.length)) {
      throw new CircuitbookError(
        `Expected at least one position to tap at "${at}" but found none in any row; leave the tap out, or name positions.`,
      );
    }
  }
}

/** Returns the names of the hook points at which a tap of this role keeps chosen positions only. */
export function chosenPoints(
  taps: readonly RoleTap[],
  role: TapRole | undefined,
  architecture: Architecture,
): Set<string> {
  const points = hookPoints(architecture);
  const chosen = taps.filter((tap) => tap.role === role && tap.positions !== undefined);
  return new Set(chosen.flatMap(({ at }) => matchPoints(at, points).map(({ name }) => name)));
}

function headIndices(heads: readonly number[], point: HookPoint): readonly number[] {
  const axis = headAxis(point);
  if (!axis) {
    throw new CircuitbookError(
      `Expected a hook point with heads but found "${point.name}", which has the axes ${
        point.axes.join(", ")
      }.`,
    );
  }
  return resolveSelection(heads, point.sizes[axis], axis);
}

/** A numbered list of kept rows (batch × column). */
interface RowList {
  readonly number: number;
  readonly rows: BigInt64Array;
  /** Whether the list keeps equally many positions of each row of the batch, and at least one. */
  readonly regular: boolean;
  /**
   * The number of positions kept of each row; undefined if the positions were given as a list for
   * each row.
   */
  readonly perRow?: number;
}

/** Returns the numbered list of rows that positions name; equal positions share one list. */
function rowList(lists: Map<string, RowList>, positions: Positions, batch: Batch): RowList {
  const key = JSON.stringify(positions);
  const known = lists.get(key);
  if (known) return known;
  const ragged = isPerRow(positions);
  const perRow = positionsByRow(positions, batch.rows);
  if (!ragged && perRow.some((list) => list.length !== perRow[0].length)) {
    throw new CircuitbookError(
      "Expected equally many positions in each row, but the rows differ in length; give a list for each row.",
    );
  }
  const rows = BigInt64Array.from(
    perRow.flatMap((list, r) =>
      list.map((index) => BigInt(r * batch.columns + batch.pads[r] + index))
    ),
  );
  // If a chunk of rows keeps no position at all, its attention cannot be narrowed to the kept
  // queries.
  const regular = perRow[0].length > 0 && perRow.every(({ length }) => length === perRow[0].length);
  const entry = {
    number: lists.size,
    rows,
    regular,
    perRow: ragged ? undefined : perRow[0].length,
  };
  lists.set(key, entry);
  return entry;
}

/** Returns a graph output with its axes named. */
function tensorOf(
  { data, dims }: GraphTensor,
  point: HookPoint,
  batch: Batch,
  heads: number | undefined,
  kept: { perRow?: number; rows: BigInt64Array } | undefined,
): Tensor {
  const axis = headAxis(point);
  const rows = batch.rows.length;
  const sizes = heads !== undefined && axis ? { ...point.sizes, [axis]: heads } : point.sizes;
  const floats = data as Float32Array;
  if (!kept) {
    const whole: Record<string, number> = isAttentionGrid(point)
      ? { batch: rows, head: sizes.head, query: dims[2], key: dims[3] }
      : { batch: rows, position: dims[0] / rows, ...sizes };
    return new Tensor(floats, whole);
  }
  const grid = isAttentionGrid(point);
  const features = grid ? { head: sizes.head, key: dims[2] } : sizes;
  if (kept.perRow === undefined) {
    return new Tensor(floats, { example: kept.rows.length, ...features });
  }
  if (!grid) return new Tensor(floats, { batch: rows, position: kept.perRow, ...features });
  return new Tensor(floats, { batch: rows, query: kept.perRow, ...features }).transpose([
    "batch",
    "head",
    "query",
    "key",
  ]);
}
