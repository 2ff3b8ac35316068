import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import { shown } from "../../base/options.ts";

/**
 * A number, nested lists of numbers, or a tensor. As in NumPy, its shape is broadcast from the
 * right over the part of the activation that the edit selects.
 */
export type Numbers = number | Float32Array | Tensor | readonly Numbers[];

/** Numbers in row-major order, and their shape. */
export interface FlatNumbers {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/**
 * Returns the numbers of an edit in row-major order.
 *
 * @param at the hook point or glob of the edit, for messages.
 * @throws CircuitbookError if the lists are ragged or empty, or a number is not finite.
 */
export function flatNumbers(value: Numbers, at: string): FlatNumbers {
  const flat = value instanceof Tensor
    ? { data: value.data, shape: value.shape }
    : flatten(value, at);
  for (let i = 0; i < flat.data.length; i++) {
    if (!Number.isFinite(flat.data[i])) {
      throw new CircuitbookError(
        `Expected finite numbers in the edit at "${at}" but found ${flat.data[i]} at index ${i}.`,
      );
    }
  }
  return flat;
}

function flatten(value: Exclude<Numbers, Tensor>, at: string): FlatNumbers {
  if (typeof value === "number") return { data: [value], shape: [] };
  if (value instanceof Float32Array) return { data: value, shape: [value.length] };
  if (!Array.isArray(value)) {
    throw new CircuitbookError(
      `Expected numbers in the edit at "${at}" but found ${shown(value)}.`,
    );
  }
  if (value.every((item) => typeof item === "number")) {
    if (value.length) return { data: value as readonly number[], shape: [value.length] };
  }
  const parts = (value as readonly Numbers[]).map((item) => flatNumbers(item, at));
  const [first] = parts;
  if (!first || parts.some(({ shape }) => shape.join() !== first.shape.join())) {
    throw new CircuitbookError(
      `Expected lists of equal length in the edit at "${at}" but found ragged or empty ones.`,
    );
  }
  return {
    data: parts.flatMap(({ data }) => Array.from(data)),
    shape: [parts.length, ...first.shape],
  };
}
