import type { Dimension } from "./graph.ts";
import { product } from "../base/lists.ts";

/**
 * The sizes of a value's axes: numbers, or names of sizes that are known only when the graph runs.
 */
export type Dimensions = readonly Dimension[];

let count = 0;

/** Returns a name for a size of which nothing is known. The name is equal to no other size. */
export function fresh(): Dimension {
  return `?${count++}`;
}

/**
 * Returns the product of sizes: a number, or a name such as `6*batch*position`. The names are
 * sorted, so that equal products have equal names.
 */
export function productOfSizes(sizes: Dimensions): Dimension {
  const { number, names } = factors(sizes);
  return joined(number, names);
}

/**
 * Returns a product of sizes divided by another one, or a fresh size if the division is unknown.
 */
export function quotient(whole: Dimension, part: Dimension): Dimension {
  const a = factors([whole]);
  const b = factors([part]);
  const names = [...a.names];
  for (const name of b.names) {
    const at = names.indexOf(name);
    if (at < 0) return fresh();
    names.splice(at, 1);
  }
  return a.number % b.number === 0 ? joined(a.number / b.number, names) : fresh();
}

/**
 * Returns the shape of two values that are combined item by item, as ONNX and NumPy broadcast them:
 * an axis of size 1 is repeated. An axis with two different named sizes gets a fresh size.
 */
export function broadcast(a: Dimensions, b: Dimensions): Dimensions {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) =>
      axis < rank - shape.length ? 1 : shape[axis - rank + shape.length]
    );
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    // A named size must be 1 or this number when the graph runs, so the result has the number.
    return typeof x === "number" ? x : typeof y === "number" ? y : fresh();
  });
}

/** The known factor of a product of sizes, and the names of the others, sorted. */
function factors(sizes: Dimensions): { number: number; names: string[] } {
  const parts = sizes.flatMap((size): Dimension[] =>
    typeof size === "number" ? [size] : size.split("*")
  );
  const numbers = parts.map(Number).filter((number) => !Number.isNaN(number));
  return {
    number: product(numbers),
    names: parts.map(String).filter((part) => Number.isNaN(Number(part))).sort(),
  };
}

function joined(number: number, names: readonly string[]): Dimension {
  if (!names.length) return number;
  return [...number === 1 ? [] : [number], ...names].join("*");
}
