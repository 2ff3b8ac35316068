import { CircuitbookError } from "../../base/errors.ts";
import type { AffineEdit, ProjectionEdit } from "./edit.ts";
import { headAxis, type HookPoint, isAttentionGrid } from "./hook_points.ts";
import { orthonormalBasis } from "../../base/vectors.ts";
import { type FlatNumbers, flatNumbers } from "./numbers.ts";
import { axisSizes, type Region, regionOf, type Selected } from "./region.ts";
import type { BatchView } from "./view.ts";
import { product } from "../../base/lists.ts";

/** The numbers of a graph input. */
export interface InputArray {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * Returns the scale and shift arrays of successive affine edits at one hook point, composed in
 * order.
 *
 * The axes are [batch, position, features], and [batch, head, query, key] on attention grids. An
 * axis along which all values are equal has size 1.
 *
 * @throws CircuitbookError if a selection is out of range, or if a value has the wrong shape or is
 * not finite.
 */
export function affineValues(
  edits: readonly AffineEdit[],
  point: HookPoint,
  view: BatchView,
): { scale: InputArray; shift: InputArray } {
  const parts = edits.flatMap((edit) => {
    const scale = flatNumbers(edit.scale ?? 1, edit.at);
    const shift = flatNumbers(edit.shift ?? 0, edit.at);
    const region = regionOf(withTokens(edit, [scale, shift], point, view), point, view);
    const value = (numbers: FlatNumbers, name: string) =>
      aligned(numbers, region, point, `${name} at "${edit.at}"`);
    return region.rows.length
      ? [{ region, scale: value(scale, "scale"), shift: value(shift, "shift") }]
      : [];
  });
  const grid = isAttentionGrid(point);
  const sizes = axisSizes(point, view);
  const extent = sizes.map((size, axis) => parts.some((part) => varies(part, axis)) ? size : 1);
  // The graph flattens heads and their features into one axis, which has its full size or size 1.
  if (!grid && extent[2] * extent[3] > 1) extent.splice(2, 2, ...sizes.slice(2));
  const scale = new Float32Array(product(extent)).fill(1);
  const shift = new Float32Array(product(extent));
  for (const part of parts) {
    eachRun(part.region, extent, (offset, numbers, last) => {
      const factors = runOf(part.scale, numbers);
      const addends = runOf(part.shift, numbers);
      for (const { index, number } of last) {
        const at = offset + index;
        const factor = factors.data[factors.start + number * factors.step];
        // (x s + t) f + a = x (s f) + (t f + a), so a later edit also scales the shift of an
        // earlier one.
        shift[at] = shift[at] * factor + addends.data[addends.start + number * addends.step];
        scale[at] *= factor;
      }
    });
  }
  const dims = grid ? extent : [extent[0], extent[1], extent[2] * extent[3]];
  return { scale: { data: scale, dims }, shift: { data: shift, dims } };
}

/**
 * Returns the orthonormal basis [direction, last axis] and the mask [batch, position, features] of
 * a projection. The mask is 1 where the edit acts.
 *
 * @throws CircuitbookError if the directions have the wrong size, are not finite, or are all zero.
 */
export function projectionValues(
  edit: ProjectionEdit,
  point: HookPoint,
  view: BatchView,
): { basis: InputArray; mask: InputArray } {
  const size = point.sizes[point.axes.at(-1)!];
  const { data, shape } = flatNumbers(edit.projectOut, edit.at);
  if (shape.at(-1) !== size || shape.length > 2) {
    throw new CircuitbookError(
      `Expected directions of ${size} numbers at "${point.name}" but found the shape [${
        shape.join(", ")
      }].`,
    );
  }
  const basis = orthonormalBasis(data, size);
  if (!basis.length) {
    throw new CircuitbookError(
      `Expected a direction that is not zero to project out at "${point.name}" but found none.`,
    );
  }
  // An edit with scale 0 over the same selection is 0 where the projection acts, and 1 elsewhere.
  const { scale } = affineValues([{ ...edit, scale: 0 }], point, view);
  const mask = { data: scale.data.map((kept) => 1 - kept), dims: scale.dims };
  return { basis: { data: basis, dims: [basis.length / size, size] }, mask };
}

/** A value of an edit, indexed along the four axes by numbers within the edit's own selection. */
interface AlignedValue {
  readonly sizes: readonly number[];
  /**
   * The distance in `data` of one step along each axis; 0 where one value serves the whole axis.
   */
  readonly strides: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Aligns a value from the right with the axes that its edit selects.
 *
 * @throws CircuitbookError if the value does not broadcast over the selection.
 */
function aligned(
  { data, shape }: FlatNumbers,
  { counts }: Region,
  point: HookPoint,
  name: string,
): AlignedValue {
  if (data.length === 1) return { sizes: [1, 1, 1, 1], strides: [0, 0, 0, 0], data };
  const sizes = alignedSizes(shape, point);
  const hasHeads = isAttentionGrid(point) || headAxis(point) !== undefined;
  if (sizes.length !== 4 || sizes.some((size, axis) => size !== 1 && size !== counts[axis])) {
    const expected = counts.filter((_, axis) => hasHeads || axis !== 2).map((count) =>
      count ?? "tokens"
    );
    throw new CircuitbookError(
      `Expected ${name} to broadcast over the selected [${point.axes.join(", ")}] = [${
        expected.join(", ")
      }] but found the shape [${shape.join(", ")}].`,
    );
  }
  const strides = sizes.map((size, axis) => size === 1 ? 0 : product(sizes.slice(axis + 1)));
  return { sizes, strides, data };
}

/**
 * Returns where the last axis of a value begins in its data, for given numbers along the first
 * three axes.
 */
function runOf(
  { data, strides: [a, b, c, step] }: AlignedValue,
  [first, second, third]: readonly number[],
): { readonly data: ArrayLike<number>; readonly start: number; readonly step: number } {
  return { data, start: first * a + second * b + third * c, step };
}

/** Returns the sizes of a value along the four axes, aligned from the right. */
function alignedSizes(shape: readonly number[], point: HookPoint): readonly number[] {
  const hasHeads = isAttentionGrid(point) || headAxis(point) !== undefined;
  const padded = [...Array(Math.max(0, (hasHeads ? 4 : 3) - shape.length)).fill(1), ...shape];
  return hasHeads ? padded : [...padded.slice(0, -1), 1, ...padded.slice(-1)];
}

/**
 * Returns the edit with positions and keys filled in where they matter: where its values differ
 * from token to token, or where it must not reach padding.
 */
function withTokens(
  edit: AffineEdit,
  values: readonly FlatNumbers[],
  point: HookPoint,
  view: BatchView,
): AffineEdit {
  const grid = isAttentionGrid(point);
  const [first] = view.promptLengths;
  const differs = (axis: number) =>
    values.some(({ shape }) => (alignedSizes(shape, point)[axis] ?? 1) > 1);
  const prompt = edit.when === "prompt" && view.promptLengths.every((length) => length === first);
  const tokens = prompt ? { to: first } : {};
  // Without named keys, a shift of the pattern would let a padded row attend to its padding.
  const keys = differs(3) ? tokens : view.pads.some((pad) => pad > 0) ? {} : undefined;
  return {
    ...edit,
    positions: edit.positions ?? (differs(grid ? 2 : 1) ? tokens : undefined),
    keys: edit.keys ?? (grid ? keys : undefined),
  };
}

/** Returns whether the values of an edit differ along an axis. */
function varies(
  { region, scale, shift }: { region: Region; scale: AlignedValue; shift: AlignedValue },
  axis: number,
): boolean {
  return region.restricted[axis] || scale.sizes[axis] > 1 || shift.sizes[axis] > 1;
}

/**
 * Visits all selected runs along the last axis.
 *
 * @param extent the sizes of the array that is filled.
 * @param visit called with the offset of the run in that array, its numbers within the edit's
 * selection along the first three axes, and the selected indices along the last axis.
 */
function eachRun(
  region: Region,
  extent: readonly number[],
  visit: (
    offset: number,
    numbers: readonly [number, number, number],
    last: readonly Selected[],
  ) => void,
): void {
  // Size 1 can mean that one value holds along the axis, or that the axis is short (one new token
  // in generation). Only the first is visited as a single index, because an edit may select no
  // index of a short axis.
  const isShared = extent.map((size, axis) => size === 1 && region.sizes[axis] > 1);
  const all = extent.map((size, axis) => isShared[axis] ? SINGLE : whole(size));
  for (const row of isShared[0] ? SINGLE : region.rows) {
    const within = region.within(row.index);
    const [a, b, c] = within.map((selected, i) =>
      isShared[i + 1] || !selected ? all[i + 1] : selected
    );
    for (const i of a) {
      for (const j of b) {
        const offset = ((row.index * extent[1] + i.index) * extent[2] + j.index) * extent[3];
        visit(offset, [row.number, i.number, j.number], c);
      }
    }
  }
}

const SINGLE: readonly Selected[] = [{ index: 0, number: 0 }];

function whole(size: number): Selected[] {
  return Array.from({ length: size }, (_, index) => ({ index, number: index }));
}
