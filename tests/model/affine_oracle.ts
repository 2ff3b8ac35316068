/**
 * The results of affine edits, computed number by number, for comparison with the graphs.
 *
 * @module
 */
import {
  type AffineEdit,
  type HookPoint,
  integer,
  normal,
  type Random,
  type Selection,
  Tensor,
} from "circuitbook";
import { resolveSelection } from "../../lib/base/tensor.ts";

/**
 * A random affine edit at a point: some of heads, neurons, positions, keys and rows, and values of
 * a random shape.
 */
export function randomAffine(
  point: HookPoint,
  rows: readonly (readonly number[])[],
  random: Random,
): AffineEdit {
  const grid = point.axes.includes("query");
  const head = headAxisOf(point);
  const shortest = Math.min(...rows.map((row) => row.length));
  const maybe = <T>(value: () => T): T | undefined => random() < 0.5 ? value() : undefined;
  const some = (
    size: number,
  ) => [...new Set([integer(random, 0, size - 1), integer(random, 0, size - 1)])];
  const span = (): Selection =>
    random() < 0.3
      ? { from: integer(random, 0, shortest - 1) }
      : random() < 0.5
      ? { from: -4, to: -1 }
      : [...some(shortest - 1), -1];
  const edit = {
    at: point.name,
    heads: head ? maybe(() => some(point.sizes[head])) : undefined,
    neurons: point.sizes.d_mlp ? maybe(() => some(point.sizes.d_mlp)) : undefined,
    positions: maybe(span),
    keys: grid ? maybe(span) : undefined,
    rows: maybe(() => some(rows.length)),
  };
  const shape = point.axes.map((axis) => {
    const count = axis === "batch"
      ? (edit.rows ?? rows).length
      : countAlong(edit, axis, point, rows);
    return count !== undefined && random() < 0.5 ? count : 1;
  });
  while (shape[0] === 1 && random() < 0.8) shape.shift();
  const values = (mean: number) => {
    const sizes = Object.fromEntries(shape.map((size, axis) => [String(axis), size]));
    const count = shape.reduce((a, b) => a * b, 1);
    return new Tensor(
      Float32Array.from({ length: count }, () => mean + 0.3 * normal(random)),
      sizes,
    );
  };
  const kind = random();
  return {
    ...edit,
    scale: kind < 0.7 ? values(1) : undefined,
    shift: kind > 0.4 ? values(0) : undefined,
  };
}

/** The function that does to a whole activation, padded on the left, what an affine edit says. */
export function affineFunction(
  edit: AffineEdit,
  point: HookPoint,
  rows: readonly (readonly number[])[],
): (x: Tensor) => Tensor {
  return (x) => {
    const result = new Tensor(x.data.slice(), x.sizes);
    const columns = Math.max(...rows.map((row) => row.length));
    const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const chosenRows = edit.rows ?? [...rows.keys()];
    chosenRows.forEach((row, rowNumber) => {
      const pad = columns - rows[row].length;
      const selected = point.axes.slice(1).map((axis) =>
        indicesAlong(edit, axis, point, rows[row].length, pad, x.size(axis))
      );
      for (const combination of combinations(selected.map(lastOfEach))) {
        const numbers = [rowNumber, ...combination.map(([number]) => number)];
        const at = [row, ...combination.map(([, index]) => index)].reduce(
          (sum, index, axis) => sum + index * strides[axis],
          0,
        );
        result.data[at] = result.data[at] * valueAt(edit.scale, numbers, 1) +
          valueAt(edit.shift, numbers, 0);
      }
    });
    return result;
  };
}

function headAxisOf(point: HookPoint): string | undefined {
  return point.axes.find((axis) => axis === "head" || axis === "kv_head");
}

function selectionAlong(edit: AffineEdit, axis: string, point: HookPoint): Selection | undefined {
  if (axis === "position" || axis === "query") return edit.positions;
  if (axis === "key") return edit.keys;
  if (axis === headAxisOf(point)) return edit.heads;
  return axis === "d_mlp" ? edit.neurons : undefined;
}

/** How many indices are selected along an axis; undefined where rows differ in it. */
function countAlong(
  edit: AffineEdit,
  axis: string,
  point: HookPoint,
  rows: readonly (readonly number[])[],
): number | undefined {
  const selection = selectionAlong(edit, axis, point);
  const sequence = ["position", "query", "key"].includes(axis);
  const counts = rows.map((row) =>
    selection === undefined
      ? (sequence ? row.length : point.sizes[axis])
      : resolveSelection(selection, sequence ? row.length : point.sizes[axis], axis).length
  );
  return counts.every((count) => count === counts[0]) ? counts[0] : undefined;
}

function indicesAlong(
  edit: AffineEdit,
  axis: string,
  point: HookPoint,
  length: number,
  pad: number,
  size: number,
): number[] {
  const selection = selectionAlong(edit, axis, point);
  const sequence = ["position", "query", "key"].includes(axis);
  const indices = resolveSelection(selection ?? {}, sequence ? length : size, axis);
  return sequence ? indices.map((index) => index + pad) : indices;
}

function* combinations<T>([first, ...rest]: readonly (readonly T[])[]): Generator<T[]> {
  if (!first) return yield [];
  for (const item of first) for (const tail of combinations(rest)) yield [item, ...tail];
}

/** A value read by numbers within the selection, aligned from the right. */
function valueAt(value: AffineEdit["scale"], numbers: readonly number[], neutral: number): number {
  if (value === undefined) return neutral;
  const { data, shape } = value as Tensor;
  const aligned = numbers.slice(numbers.length - shape.length);
  return data[shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : aligned[axis]), 0)];
}

/** Numbers and indices of a selection; an index named twice counts by its last number. */
function lastOfEach(indices: readonly number[]): [number: number, index: number][] {
  return [...indices.entries()].filter(([number, index]) => indices.lastIndexOf(index) === number);
}
