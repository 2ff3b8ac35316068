import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection, type Selection } from "../../base/tensor.ts";
import type { Edit, EditTarget } from "./edit.ts";
import { headAxis, type HookPoint, isAttentionGrid } from "./hook_points.ts";
import type { BatchView } from "./view.ts";

/** An index along an axis of a pass, and its number within the edit's own selection. */
export interface Selected {
  readonly index: number;
  readonly number: number;
}

/**
 * The part of an activation that an edit selects in one pass, along four axes: batch, position,
 * head, last; on attention grids batch, head, query, key. Undefined selects a whole axis.
 */
export interface Region {
  /** The sizes of the axes in this pass. */
  readonly sizes: readonly number[];
  /**
   * The sizes that a value of the edit may have; undefined where the number of positions differs
   * from row to row.
   */
  readonly counts: readonly (number | undefined)[];
  /** Whether the edit leaves out a part of an axis. */
  readonly restricted: readonly boolean[];
  /** The selected rows of the pass. */
  readonly rows: readonly Selected[];
  /** Returns the selections along the three other axes for a row of the pass. */
  readonly within: (row: number) => readonly (readonly Selected[] | undefined)[];
}

/** Returns the sizes of a hook point's four axes in a pass. */
export function axisSizes(point: HookPoint, view: BatchView): number[] {
  if (isAttentionGrid(point)) return [view.batch, point.sizes.head, view.columns, view.keyColumns];
  return [
    view.batch,
    view.columns,
    point.sizes[headAxis(point) ?? ""] ?? 1,
    point.sizes[point.axes.at(-1)!],
  ];
}

/**
 * Returns the region of an edit at a hook point.
 *
 * @throws CircuitbookError if a selection is out of range.
 */
export function regionOf(edit: EditTarget, point: HookPoint, view: BatchView): Region {
  const axis = headAxis(point);
  const grid = isAttentionGrid(point);
  const positioned = edit.positions !== undefined || (edit.when ?? "always") !== "always";
  const heads = edit.heads && axis &&
    numbered(resolveSelection(edit.heads, point.sizes[axis], axis));
  const neurons = edit.neurons &&
    numbered(resolveSelection(edit.neurons, point.sizes.d_mlp, "neuron"));
  const rows = selectedRows(edit, view);
  const positions = (row: number) => positioned ? columnsOf(edit, row, view) : undefined;
  const keys = (row: number) =>
    edit.keys === undefined ? undefined : keyColumnsOf(edit.keys, row, view, edit.at);
  const perRow = edit.rows !== undefined ||
    ((positioned || edit.keys !== undefined) && rowsDiffer(edit, view));
  const headCount = heads?.length ?? (axis ? point.sizes[axis] : 1);
  const rowCount = edit.rows?.length ?? view.rowCount;
  const count = (selection: Selection | undefined) =>
    selection === undefined ? undefined : countOf(selection, rows, view, edit.at);
  const positionCount = count(edit.positions);
  const lastCount = neurons?.length ?? point.sizes[point.axes.at(-1)!];
  return grid
    ? {
      sizes: axisSizes(point, view),
      counts: [rowCount, headCount, positionCount, count(edit.keys)],
      restricted: [perRow, Boolean(heads), positioned, edit.keys !== undefined],
      rows,
      within: (row) => [heads, positions(row), keys(row)],
    }
    : {
      sizes: axisSizes(point, view),
      counts: [rowCount, positionCount, headCount, lastCount],
      restricted: [perRow, positioned, Boolean(heads), Boolean(neurons)],
      rows,
      within: (row) => [positions(row), heads, neurons],
    };
}

/**
 * Checks that every row has the positions and keys that edits select, before any row is run.
 *
 * @throws CircuitbookError if a row, position or key does not exist; the message names the edit.
 */
export function checkReach(edits: readonly Edit[], lengths: readonly RowLengths[]): void {
  for (const edit of edits) {
    if ("apply" in edit) continue;
    const rows = edit.rows && distinctIndices(edit.rows, lengths.length, "row", edit.at);
    const reached = rows ? rows.map((row) => lengths[row]) : lengths;
    for (const selection of [edit.positions, edit.keys]) {
      if (selection !== undefined) {
        for (const row of reached) tokenIndices(selection, row, edit.at);
      }
    }
  }
}

/**
 * Returns the columns of a pass in which an edit acts on a row. Each column is numbered by its
 * place among the positions that the edit names, or among the tokens of the row if the edit names
 * no positions.
 */
export function columnsOf(
  { at, positions, when = "always" }: EditTarget,
  row: number,
  view: BatchView,
): Selected[] {
  const tokens = view.tokens[row];
  const promptLength = view.promptLengths[row];
  const chosen = positions === undefined
    ? undefined
    : tokenIndices(positions, lengthsOf(view, row), at);
  const first = view.keyColumns - view.columns - view.pads[row];
  const acts = (index: number) =>
    when === "always" || (when === "prompt" && index < promptLength) ||
    (when === "generated" && index >= promptLength) ||
    (typeof when === "function" &&
      when({ tokens: tokens.slice(0, index + 1), promptLength, row: view.rowIds[row] }));
  const indices = chosen ?? Array.from({ length: first + view.columns }, (_, index) => index);
  return once(
    indices.flatMap((index, number) =>
      index >= Math.max(0, first) && index < first + view.columns && acts(index)
        ? [{ index: index - first, number }]
        : []
    ),
  );
}

/** Returns the rows of a pass in which an edit acts. */
export function selectedRows({ rows }: EditTarget, view: BatchView): Selected[] {
  if (rows === undefined) return view.rowIds.map((id, index) => ({ index, number: id }));
  const numbers = new Map(
    resolveSelection(rows, view.rowCount, "row").map((id, number) => [id, number]),
  );
  return view.rowIds.flatMap((id, index) =>
    numbers.has(id) ? [{ index, number: numbers.get(id)! }] : []
  );
}

/** Returns whether the columns in which an edit acts may differ between rows. */
function rowsDiffer({ when }: EditTarget, { pads, promptLengths }: BatchView): boolean {
  return typeof when === "function" || pads.some((pad) => pad !== pads[0]) ||
    promptLengths.some((length) => length !== promptLengths[0]);
}

function keyColumnsOf(keys: Selection, row: number, view: BatchView, at: string): Selected[] {
  const selected = tokenIndices(keys, lengthsOf(view, row), at)
    .map((index, number) => ({ index: index + view.pads[row], number }))
    .filter(({ index }) => index < view.keyColumns);
  return once(selected);
}

/**
 * Returns how many positions a selection names; undefined if the number differs between the
 * selected rows.
 */
function countOf(
  selection: Selection,
  rows: readonly Selected[],
  view: BatchView,
  at: string,
): number | undefined {
  const counts = new Set(
    rows.map(({ index }) => tokenIndices(selection, lengthsOf(view, index), at).length),
  );
  return counts.size === 1 ? [...counts][0] : undefined;
}

/**
 * Returns the token indices that a selection names. Negative indices count from the end of the
 * prompt, because the end of the text is not known during generation. An open range grows with the
 * text.
 */
function tokenIndices(
  selection: Selection,
  { promptLength, finalLength }: RowLengths,
  at: string,
): number[] {
  const refuse = (expected: string, found: unknown): never => {
    throw new CircuitbookError(
      `Expected ${expected} (or from -${promptLength} to -1) in the edit at "${at}" but found ${found}.`,
    );
  };
  const resolve = (index: number) => {
    const resolved = index < 0 ? index + promptLength : index;
    return resolved >= 0 && resolved < finalLength
      ? resolved
      : refuse(`a position from 0 to ${finalLength - 1}`, index);
  };
  if (typeof selection === "object" && !Array.isArray(selection)) {
    const { from = 0, to = finalLength } = selection as { from?: number; to?: number };
    const start = resolve(from);
    const end = to < 0 ? to + promptLength : to;
    if (end <= start || end > finalLength) {
      refuse(`a range within 0 to ${finalLength}`, JSON.stringify(selection));
    }
    return Array.from({ length: end - start }, (_, i) => start + i);
  }
  return (typeof selection === "number" ? [selection] : selection as readonly number[]).map(
    resolve,
  );
}

/**
 * Returns each index once, with its last number: in a row of 7 tokens, 6 and -1 are one position.
 */
function once(selected: readonly Selected[]): Selected[] {
  const numbers = new Map(selected.map(({ index, number }) => [index, number]));
  return selected.filter(({ index, number }) => numbers.get(index) === number);
}

/**
 * Returns the indices that an edit names along an axis.
 *
 * @throws CircuitbookError if an index is out of range, or named twice: whether the edit acts once
 * or twice would be a guess.
 */
export function distinctIndices(
  selection: readonly number[],
  size: number,
  axis: string,
  at: string,
): number[] {
  const indices = resolveSelection(selection, size, axis);
  const twice = indices.find((index, number) => indices.indexOf(index) < number);
  if (twice === undefined) return indices;
  throw new CircuitbookError(
    `Expected each ${axis} once in the edit at "${at}" but found ${twice} twice.`,
  );
}

/** The lengths of a row, in tokens. */
export interface RowLengths {
  /** The length of the prompt. */
  readonly promptLength: number;
  /** The length that the row can reach: in generation, the prompt and all new tokens. */
  readonly finalLength: number;
}

function lengthsOf({ promptLengths, finalLengths }: BatchView, row: number): RowLengths {
  return { promptLength: promptLengths[row], finalLength: finalLengths[row] };
}

function numbered(indices: readonly number[]): Selected[] {
  return indices.map((index, number) => ({ index, number }));
}
