import { numbersInWords, printsAsText } from "./one_line.ts";
import { checkArguments, is } from "./arguments.ts";
import { CircuitbookError, nearestNames } from "./errors.ts";
import { listed } from "./shortened.ts";
import { product } from "./lists.ts";

/**
 * Which indices of an axis to keep: one index, a list, or a range from `from` up to but without
 * `to`. A negative index counts from the end. Selecting a single index drops the axis.
 */
export type Selection = number | readonly number[] | { from?: number; to?: number };

/** The numbers of a tensor: f32, or int32 for tokens. */
export type TensorData = Float32Array | Int32Array;

/**
 * A dense array with named axes, in row-major order. Its numbers are f32, or int32 for tokens.
 *
 * @example
 * ```ts
 * import { Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const x = new Tensor(new Float32Array([1, 2, 3, 4, 5, 6]), { position: 2, d_model: 3 });
 * assertEquals([...x.slice({ position: -1 }).data], [4, 5, 6]);
 * assertEquals(x.slice({ d_model: [0, 2] }).shape, [2, 2]);
 * ```
 */
export class Tensor<Data extends TensorData = Float32Array> {
  /** The names of the axes, outermost first. */
  readonly axes: readonly string[];
  /** The size of each axis, in the order of `axes`. */
  readonly shape: readonly number[];

  /**
   * Makes a tensor over an array of numbers, which is not copied.
   *
   * @param data The values in row-major order.
   * @param sizes The size of each axis by name, outermost first.
   * @throws CircuitbookError if the product of the sizes is not the number of values.
   */
  constructor(readonly data: Data, sizes: Readonly<Record<string, number>>) {
    this.axes = Object.keys(sizes);
    this.shape = Object.values(sizes);
    const expected = product(this.shape);
    if (expected !== data.length) {
      throw new CircuitbookError(
        `Expected ${expected} values for ${this.describe()} but found ${data.length}.`,
      );
    }
  }

  /** The size of each axis by name, outermost first. */
  get sizes(): Record<string, number> {
    return Object.fromEntries(this.axes.map((axis, i) => [axis, this.shape[i]]));
  }

  /**
   * Returns the size of one axis.
   *
   * @param axis The name of the axis.
   * @returns The number of indices of the axis.
   * @throws CircuitbookError if the tensor has no such axis.
   */
  size(axis: string): number {
    checkArguments("size", { axis: [axis, is.text] });

    return this.shape[this.#axisIndex(axis)];
  }

  /**
   * Returns the axes and their sizes as text for messages.
   *
   * @returns Text such as `[batch 2, position 5]`.
   */
  describe(): string {
    return `[${
      this.axes.length ? listed(this.axes.map((axis, i) => `${axis} ${this.shape[i]}`)) : ""
    }]`;
  }

  /**
   * Returns a copy of the part of the tensor at the given indices.
   *
   * @param selections The indices to keep, by axis. Selecting a single index drops the axis.
   * @returns A tensor with the axes in their order; axes that are not named stay whole.
   * @throws CircuitbookError if an axis does not exist or an index is out of range.
   */
  slice(selections: Readonly<Record<string, Selection>>): Tensor<Data> {
    checkArguments("slice", { selections: [selections, is.object] });

    return Object.entries(selections).reduce<Tensor<Data>>((tensor, [axis, selection]) => {
      const indices = resolveSelection(selection, tensor.size(axis), axis);
      return tensor.#take(axis, indices, typeof selection === "number");
    }, this);
  }

  /**
   * Returns the value of a tensor that holds exactly one.
   *
   * @returns The value.
   * @throws CircuitbookError if the tensor holds no value or several.
   */
  item(): number {
    if (this.data.length !== 1) {
      throw new CircuitbookError(
        `Expected one value but found ${this.describe()}; slice the tensor first.`,
      );
    }
    return this.data[0];
  }

  /**
   * Returns a tensor with other axes over the same array of values.
   *
   * @param sizes The size of each new axis by name, outermost first.
   * @returns A tensor that shares its values with this tensor.
   * @throws CircuitbookError if the product of the sizes is not the number of values.
   */
  reshape(sizes: Readonly<Record<string, number>>): Tensor<Data> {
    checkArguments("reshape", { sizes: [sizes, is.object] });

    return new Tensor(this.data, sizes);
  }

  /**
   * Returns a copy with the axes in another order.
   *
   * @param axes The names of all axes in the new order.
   * @returns A tensor with its own values.
   * @throws CircuitbookError if an axis is missing, unknown or named twice.
   */
  transpose(axes: readonly string[]): Tensor<Data> {
    checkArguments("transpose", { axes: [axes, is.texts] });

    if (axes.length !== this.axes.length || new Set(axes).size !== axes.length) {
      throw new CircuitbookError(
        `Expected each of the axes ${listed(this.axes)} once but found ${listed(axes)}.`,
      );
    }
    const order = axes.map((axis) => this.#axisIndex(axis));
    const strides = stridesOf(this.shape);
    const sizes = Object.fromEntries(axes.map((axis, i) => [axis, this.shape[order[i]]]));
    const out = sameKind(this.data, this.data.length);
    let at = 0;
    const copy = (depth: number, offset: number): void => {
      const size = this.shape[order[depth]];
      const stride = strides[order[depth]];
      for (let i = 0; i < size; i++) {
        if (depth === order.length - 1) out[at++] = this.data[offset + i * stride];
        else copy(depth + 1, offset + i * stride);
      }
    };
    if (order.length && this.data.length) copy(0, 0);
    else out.set(this.data);
    return new Tensor(out, sizes);
  }

  /**
   * Returns tensors with equal axes joined along one axis.
   *
   * @param tensors At least one tensor; only the size of `axis` may differ between them.
   * @param axis The name of the axis to join along.
   * @returns A tensor whose `axis` is as long as the axes of all tensors together.
   * @throws CircuitbookError if there are no tensors, or another axis differs.
   */
  static concat<Data extends TensorData>(
    tensors: readonly Tensor<Data>[],
    axis: string,
  ): Tensor<Data> {
    const [first] = tensors;
    if (!first) throw new CircuitbookError("Expected at least one tensor to join but found none.");
    const index = first.#axisIndex(axis);
    const outer = product(first.shape.slice(0, index));
    const inner = product(first.shape.slice(index + 1));
    for (const other of tensors) {
      const fits = other.axes.every((name, i) =>
        name === first.axes[i] && (i === index || other.shape[i] === first.shape[i])
      );
      if (!fits || other.axes.length !== first.axes.length) {
        throw new CircuitbookError(
          `Expected tensors like ${first.describe()} to join along ${axis} but found ${other.describe()}.`,
        );
      }
    }
    const total = tensors.reduce((sum, tensor) => sum + tensor.shape[index], 0);
    const out = sameKind(first.data, outer * total * inner);
    let at = 0;
    // For each index of the outer axes, every tensor has one contiguous block.
    for (let o = 0; o < outer; o++) {
      for (const { data, shape } of tensors) {
        const block = shape[index] * inner;
        out.set(data.subarray(o * block, (o + 1) * block), at);
        at += block;
      }
    }
    return new Tensor(out, { ...first.sizes, [axis]: total });
  }

  /**
   * Returns tensors of one shape side by side along a new first axis.
   *
   * @param tensors At least one tensor; all have the same axes and sizes.
   * @param axis The name of the new axis.
   * @returns A tensor whose first axis numbers the given tensors.
   * @throws CircuitbookError if there are no tensors, or their axes differ.
   */
  static stack<Data extends TensorData>(
    tensors: readonly Tensor<Data>[],
    axis: string,
  ): Tensor<Data> {
    return Tensor.concat(
      tensors.map((tensor) => tensor.reshape({ [axis]: 1, ...tensor.sizes })),
      axis,
    );
  }

  #axisIndex(axis: string): number {
    const index = this.axes.indexOf(axis);
    if (index < 0) {
      throw new CircuitbookError(
        `Expected one of the axes ${listed(this.axes)} but found "${axis}"; nearest: ${
          listed(nearestNames(axis, this.axes, 1))
        }.`,
      );
    }
    return index;
  }

  /**
   * Returns a copy of the values at some indices of an axis. `drop` removes the axis, which then
   * has one index.
   */
  #take(axis: string, indices: readonly number[], drop: boolean): Tensor<Data> {
    const index = this.#axisIndex(axis);
    const outer = product(this.shape.slice(0, index));
    const inner = product(this.shape.slice(index + 1));
    const out = sameKind(this.data, outer * indices.length * inner);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const i of indices) {
        const start = (o * this.shape[index] + i) * inner;
        out.set(this.data.subarray(start, start + inner), at);
        at += inner;
      }
    }
    const sizes = this.axes.flatMap((name, i) =>
      i !== index ? [[name, this.shape[i]] as const] : drop ? [] : [[name, indices.length] as const]
    );
    return new Tensor(out, Object.fromEntries(sizes));
  }

  /** Returns the tensor in a line: its axes and its values, or the range of many values. */
  toString(): string {
    return `Tensor ${this.describe()}: ${numbersInWords(this.data)}`;
  }
}

printsAsText(Tensor);

/**
 * Returns the indices that a selection names.
 *
 * @param selection one index, a list, or a range; a negative index counts from the end.
 * @param size the number of indices of the axis.
 * @param axis the name of the axis, for the message.
 * @returns indices from 0 to `size` − 1, in the order of the selection.
 * @throws CircuitbookError if an index is out of range or not a whole number.
 *
 * @example
 * ```ts
 * import { resolveSelection } from "./tensor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(resolveSelection({ from: -2 }, 5, "position"), [3, 4]);
 * ```
 */
export function resolveSelection(selection: Selection, size: number, axis: string): number[] {
  checkArguments("resolveSelection", {
    selection: [selection, is.either(is.number, is.numbers, is.object)],
    size: [size, is.number],
    axis: [axis, is.text],
  });

  if (typeof selection === "object" && !Array.isArray(selection)) {
    const { from = 0, to = size } = selection as { from?: number; to?: number };
    const start = boundary(from, size, axis);
    const end = boundary(to, size, axis);
    return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
  }
  const indices = typeof selection === "number" ? [selection] : selection as readonly number[];
  return indices.map((index) => {
    const resolved = index < 0 ? index + size : index;
    if (!Number.isInteger(index) || resolved < 0 || resolved >= size) {
      throw new CircuitbookError(
        `Expected a ${listed([axis])} from 0 to ${size - 1} (or from -${size} to -1) but found ${
          listed([index])
        }.`,
      );
    }
    return resolved;
  });
}

/**
 * Returns the index of the first number that is infinite or NaN, or -1 if all are finite.
 *
 * @param numbers the numbers.
 * @returns the index, from 0.
 *
 * @example
 * ```ts
 * import { firstNotFinite } from "./tensor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(firstNotFinite(new Float32Array([1, NaN, 2])), 1);
 * ```
 */
export function firstNotFinite(numbers: ArrayLike<number>): number {
  // A loop, not `findIndex`: one callback for each number of a long residual stream takes longer
  // than a layer.
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return i;
  return -1;
}

/** Returns the bound of a range as an index from 0 to `size`. */
function boundary(index: number, size: number, axis: string): number {
  const resolved = index < 0 ? index + size : index;
  if (!Number.isInteger(index) || resolved < 0 || resolved > size) {
    throw new CircuitbookError(
      `Expected a ${axis} range within 0 to ${size} but found the bound ${index}.`,
    );
  }
  return resolved;
}

/** Returns for each axis how far apart in the data two neighbouring indices are. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, i) => product(shape.slice(i + 1)));
}

/** Returns a new array of zeros with the element type of another. */
function sameKind<Data extends TensorData>(data: Data, length: number): Data {
  return (data instanceof Float32Array ? new Float32Array(length) : new Int32Array(length)) as Data;
}
