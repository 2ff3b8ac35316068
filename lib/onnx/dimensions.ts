import type { Dimension } from "./graph.ts";

/** The sizes of a value's axes: numbers, or names of sizes that are known when the graph runs. */
export type Dimensions = readonly Dimension[];

let count = 0;

/** A size of which nothing is known: equal to no other. */
export function fresh(): Dimension {
  return `?${count++}`;
}

/** The product of sizes: a number, or a name made of their names in order of the alphabet, with the number in front. */
export function product(sizes: Dimensions): Dimension {
  const { number, names } = factors(sizes);
  return joined(number, names);
}

/** What is left of a product of sizes without another; a fresh size where that cannot be told. */
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

/** The shape of two values combined item by item: sizes of 1 stretch; where neither is known to, nothing is known. */
export function broadcast(a: Dimensions, b: Dimensions): Dimensions {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) =>
      axis < rank - shape.length ? 1 : shape[axis - rank + shape.length]
    );
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    return typeof x === "number" ? x : typeof y === "number" ? y : fresh();
  });
}

function factors(sizes: Dimensions): { number: number; names: string[] } {
  const parts = sizes.flatMap((size): Dimension[] =>
    typeof size === "number" ? [size] : size.split("*")
  );
  const numbers = parts.map(Number).filter((number) => !Number.isNaN(number));
  return {
    number: numbers.reduce((a, b) => a * b, 1),
    names: parts.map(String).filter((part) => Number.isNaN(Number(part))).sort(),
  };
}

function joined(number: number, names: readonly string[]): Dimension {
  if (!names.length) return number;
  return [...number === 1 ? [] : [number], ...names].join("*");
}
