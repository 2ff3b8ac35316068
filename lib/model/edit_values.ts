import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, type Selection, Tensor } from "../base/tensor.ts";
import type { AffineEdit, EditTarget, Numbers, ProjectionEdit } from "./edit.ts";
import { headAxis, type HookPoint, isAttentionGrid } from "./hook_points.ts";

/** The columns of a batch in one forward pass, and which token of its row each of them is. */
export interface BatchView {
  readonly batch: number;
  /** Columns that this pass computes. */
  readonly columns: number;
  /** Columns that attention sees: cached ones and these. */
  readonly keyColumns: number;
  /** Padding before the first token of each row, in key columns. */
  readonly pads: readonly number[];
  /** Every token of each row so far, without padding. */
  readonly tokens: readonly (readonly number[])[];
  /** How many tokens of each row are its prompt. */
  readonly promptLengths: readonly number[];
  /** The row of the caller's input that each row of this batch is; by default its own number. */
  readonly rowIds?: readonly number[];
}

/** Numbers for a graph input. */
export interface InputArray {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * The scale and shift arrays of successive affine edits at one point, composed in order.
 * Axes: [batch, position, features], at attention grids [batch, head, query, key]; an axis along which nothing differs has size 1.
 *
 * @throws CircuitbookError when a selection is out of range, a value has the wrong shape, or is not finite.
 */
export function affineValues(edits: readonly AffineEdit[], point: HookPoint, view: BatchView): { scale: InputArray; shift: InputArray } {
  const regions = edits.map((edit) => regionOf(edit, point, view));
  const axes = layoutAxes(point, view);
  const values = edits.map((edit) => [numbersOf(edit.scale ?? 1, edit.at), numbersOf(edit.shift ?? 0, edit.at)]);
  const extent = axes.map((size, axis) => regions.some((region, i) => differs(region, values[i], axis, point)) ? size : 1);
  if (!isAttentionGrid(point) && (extent[2] > 1 || extent[3] > 1)) [extent[2], extent[3]] = [axes[2], axes[3]];
  const scale = new Float32Array(product(extent)).fill(1), shift = new Float32Array(product(extent));
  regions.forEach((region, i) => {
    const [factor, term] = values[i].map((value, which) => broadcast(value, region, point, edits[i].at, which ? "shift" : "scale"));
    eachIndex(region, extent, (at, index) => {
      shift[at] = shift[at] * factor(index) + term(index);
      scale[at] *= factor(index);
    });
  });
  const dims = isAttentionGrid(point) ? extent : [extent[0], extent[1], extent[2] * extent[3]];
  return { scale: { data: scale, dims }, shift: { data: shift, dims } };
}

/**
 * The orthonormal basis [direction, features] and the mask [batch, position, features] of a projection.
 *
 * @throws CircuitbookError when the directions have the wrong size, are not finite, or are all zero.
 */
export function projectionValues(edit: ProjectionEdit, point: HookPoint, view: BatchView): { basis: InputArray; mask: InputArray } {
  const size = point.sizes[point.axes.at(-1)!];
  const { data, shape } = numbersOf(edit.projectOut, edit.at);
  if (shape.at(-1) !== size || shape.length > 2) {
    throw new CircuitbookError(`Expected directions of ${size} numbers at "${point.name}" but found the shape [${shape.join(", ")}].`);
  }
  const basis = orthonormal(data, size);
  if (!basis.length) throw new CircuitbookError(`Expected at least one direction that is not zero to project out at "${point.name}".`);
  const { scale } = affineValues([{ ...edit, scale: 0 }], point, view);
  const mask = { data: scale.data.map((kept) => 1 - kept), dims: scale.dims };
  return { basis: { data: basis, dims: [basis.length / size, size] }, mask };
}

/** Selected indices along each layout axis; undefined selects all. Those of positions and keys belong to one row. */
interface Region {
  readonly rows?: readonly number[];
  readonly heads?: readonly number[];
  readonly last?: readonly number[];
  readonly positions: (row: number) => readonly number[] | undefined;
  readonly keys: (row: number) => readonly number[] | undefined;
  readonly rowCount: number;
  readonly grid: boolean;
  /** Whether positions or keys are restricted, and so may differ from row to row. */
  readonly positioned: boolean;
  readonly keyed: boolean;
  readonly perRow: boolean;
}

function regionOf(edit: EditTarget, point: HookPoint, view: BatchView): Region {
  const grid = isAttentionGrid(point), axis = headAxis(point);
  const positioned = edit.positions !== undefined || (edit.when ?? "always") !== "always";
  return {
    rows: edit.rows && resolveSelection(edit.rows, view.batch, "row"),
    heads: edit.heads && axis ? resolveSelection(edit.heads, point.sizes[axis], axis) : undefined,
    last: edit.neurons && resolveSelection(edit.neurons, point.sizes.d_mlp, "neuron"),
    positions: positioned ? (row) => columnsOf(edit, row, view) : () => undefined,
    keys: edit.keys !== undefined ? (row) => keyColumnsOf(edit.keys!, row, view) : () => undefined,
    rowCount: view.batch,
    grid,
    positioned,
    keyed: edit.keys !== undefined,
    perRow: (positioned || edit.keys !== undefined) &&
      (typeof edit.when === "function" || view.pads.some((pad) => pad !== view.pads[0]) ||
        view.promptLengths.some((length) => length !== view.promptLengths[0])),
  };
}

/** The columns of this pass in which an edit acts on a row. */
export function columnsOf({ positions, when = "always" }: EditTarget, row: number, view: BatchView): number[] {
  const tokens = view.tokens[row], promptLength = view.promptLengths[row];
  const chosen = positions === undefined ? undefined : new Set(tokenIndices(positions, promptLength, tokens.length));
  const first = view.keyColumns - view.columns - view.pads[row];
  const columns: number[] = [];
  for (let column = 0; column < view.columns; column++) {
    const index = first + column;
    if (index < 0 || (chosen && !chosen.has(index))) continue;
    if (when === "prompt" && index >= promptLength) continue;
    if (when === "generated" && index < promptLength) continue;
    if (typeof when === "function" && !when({ tokens: tokens.slice(0, index + 1), promptLength, row: view.rowIds?.[row] ?? row })) continue;
    columns.push(column);
  }
  return columns;
}

function keyColumnsOf(keys: Selection, row: number, view: BatchView): number[] {
  return tokenIndices(keys, view.promptLengths[row], view.tokens[row].length).map((index) => index + view.pads[row]);
}

/** Token indices that a selection names; negative ones count from the end of the prompt, open ranges go on with the text. */
function tokenIndices(selection: Selection, promptLength: number, length: number): number[] {
  const resolve = (index: number) => index < 0 ? index + promptLength : index;
  if (typeof selection === "object" && !Array.isArray(selection)) {
    const { from = 0, to } = selection as { from?: number; to?: number };
    if (resolve(from) < 0 || (to !== undefined && resolve(to) < 0)) outOfRange(Math.min(from, to ?? 0), promptLength);
    const end = to === undefined ? length : Math.min(resolve(to), length);
    return Array.from({ length: Math.max(0, end - resolve(from)) }, (_, i) => resolve(from) + i);
  }
  const indices = typeof selection === "number" ? [selection] : selection as readonly number[];
  return indices.map((index) => {
    const resolved = resolve(index);
    // A later token of a generation does not exist yet while earlier ones are computed.
    if (resolved < 0 || (resolved >= length && length === promptLength)) outOfRange(index, promptLength);
    return resolved;
  }).filter((index) => index < length);
}

function outOfRange(index: number, length: number): never {
  throw new CircuitbookError(`Expected a position from 0 to ${length - 1} (or from -${length} to -1) but found ${index}.`);
}

/** Sizes of the four layout axes: batch, position, head, last; at attention grids batch, head, query, key. */
function layoutAxes(point: HookPoint, view: BatchView): number[] {
  const axis = headAxis(point);
  if (isAttentionGrid(point)) return [view.batch, point.sizes.head, view.columns, view.keyColumns];
  return [view.batch, view.columns, axis ? point.sizes[axis] : 1, point.sizes[point.axes.at(-1)!]];
}

/** The selections of a region for one row, in the order of the layout axes. */
function selectionsOf(region: Region, row: number): (readonly number[] | undefined)[] {
  return region.grid
    ? [[row], region.heads, region.positions(row), region.keys(row)]
    : [[row], region.positions(row), region.heads, region.last];
}

/** Whether an edit does not do the same thing all along a layout axis. */
function differs(region: Region, values: readonly FlatNumbers[], axis: number, point: HookPoint): boolean {
  const selected = region.grid
    ? [region.rows || region.perRow, region.heads, region.positioned, region.keyed][axis]
    : [region.rows || region.perRow, region.positioned, region.heads, region.last][axis];
  return Boolean(selected) || values.some(({ shape }) => (alignedSizes(shape, point)[axis] ?? 1) > 1);
}

interface FlatNumbers {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** The sizes of a value along the four layout axes, aligned from the right; points without heads have none on that axis. */
function alignedSizes(shape: readonly number[], point: HookPoint): number[] {
  const axes = isAttentionGrid(point) || headAxis(point) ? 4 : 3;
  const padded = [...Array(Math.max(0, axes - shape.length)).fill(1), ...shape];
  return axes === 4 ? padded : [...padded.slice(0, -1), 1, ...padded.slice(-1)];
}

/** Reads a value at an index of the selected region. @throws CircuitbookError when its shape does not broadcast. */
function broadcast(
  { data, shape }: FlatNumbers,
  region: Region,
  point: HookPoint,
  at: string,
  name: string,
): (index: readonly number[]) => number {
  if (data.length === 1) return () => data[0];
  const sizes = alignedSizes(shape, point);
  const rows = region.rows ?? Array.from({ length: region.rowCount }, (_, row) => row);
  const selected = (row: number) => selectionsOf(region, row);
  const full = [rows.length, undefined, undefined, undefined];
  const expected = point.axes.map((axis) => axis);
  for (const row of rows) {
    const fits = sizes.length === 4 && sizes.every((size, axis) => {
      const count = axis === 0 ? full[0] : selected(row)[axis]?.length ?? sizeAlong(point, axis);
      return size === 1 || count === undefined || size === count;
    });
    if (!fits) {
      const counts = selected(row).map((selection, axis) => axis === 0 ? rows.length : selection?.length ?? sizeAlong(point, axis) ?? "any");
      if (!isAttentionGrid(point) && !headAxis(point)) counts.splice(2, 1);
      throw new CircuitbookError(
        `Expected ${name} at "${at}" to broadcast over the selected [${expected.join(", ")}] = [${counts.join(", ")}] but found the shape [${shape.join(", ")}].`,
      );
    }
  }
  const strides = sizes.map((size, axis) => size === 1 ? 0 : product(sizes.slice(axis + 1)));
  return (index) => data[index.reduce((sum, i, axis) => sum + i * strides[axis], 0)];
}

function sizeAlong(point: HookPoint, axis: number): number | undefined {
  if (isAttentionGrid(point)) return axis === 1 ? point.sizes.head : undefined;
  const heads = headAxis(point);
  return axis === 2 ? (heads ? point.sizes[heads] : 1) : axis === 3 ? point.sizes[point.axes.at(-1)!] : undefined;
}

/** Calls `visit` with the offset in an array of the given extent, and the index within the region, of everything selected. */
function eachIndex(region: Region, extent: readonly number[], visit: (at: number, index: readonly number[]) => void): void {
  const rows = extent[0] === 1 ? [0] : region.rows ?? Array.from({ length: extent[0] }, (_, row) => row);
  rows.forEach((row, r) => {
    const [, a, b, c] = selectionsOf(region, row).map((selected, axis) =>
      extent[axis] === 1 ? [0] : selected ?? Array.from({ length: extent[axis] }, (_, i) => i)
    );
    a.forEach((i, ai) =>
      b.forEach((j, bi) =>
        c.forEach((k, ci) => visit(((row * extent[1] + i) * extent[2] + j) * extent[3] + k, [r, ai, bi, ci]))
      )
    );
  });
}

/** Flattens numbers. @throws CircuitbookError when they are ragged or not finite. */
function numbersOf(value: Numbers, at: string): FlatNumbers {
  const flat = value instanceof Tensor ? { data: value.data, shape: value.shape } : flatten(value, at);
  for (let i = 0; i < flat.data.length; i++) {
    if (!Number.isFinite(flat.data[i])) {
      throw new CircuitbookError(`Expected finite numbers in the edit at "${at}" but found ${flat.data[i]} at index ${i}.`);
    }
  }
  return flat;
}

function flatten(value: Exclude<Numbers, Tensor>, at: string): FlatNumbers {
  if (typeof value === "number") return { data: [value], shape: [] };
  if (value instanceof Float32Array) return { data: value, shape: [value.length] };
  const parts = value.map((item) => numbersOf(item, at));
  const [first] = parts;
  if (!first || parts.some(({ shape }) => shape.join() !== first.shape.join())) {
    throw new CircuitbookError(`Expected lists of equal length in the edit at "${at}" but found ragged or empty ones.`);
  }
  return { data: parts.flatMap(({ data }) => Array.from(data)), shape: [parts.length, ...first.shape] };
}

/** Gram–Schmidt: an orthonormal basis of the span of rows. */
function orthonormal(rows: ArrayLike<number>, size: number): Float32Array {
  const basis: Float64Array[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const vector = Float64Array.from({ length: size }, (_, i) => rows[start + i]);
    const before = Math.hypot(...vector);
    for (let pass = 0; pass < 2; pass++) {
      for (const unit of basis) {
        const dot = unit.reduce((sum, u, i) => sum + u * vector[i], 0);
        unit.forEach((u, i) => vector[i] -= dot * u);
      }
    }
    const norm = Math.hypot(...vector);
    if (norm > 1e-6 * before) basis.push(vector.map((v) => v / norm));
  }
  return Float32Array.from(basis.flatMap((unit) => [...unit]));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
