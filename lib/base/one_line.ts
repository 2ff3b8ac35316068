import { significant } from "./formats.ts";

/**
 * The name under which Node, and Deno like Node, asks a value how `console.log` prints the value.
 */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Values of a tensor that stand in its line at most. */
const MOST_VALUES = 6;

/**
 * Makes `console.log` print the values of a class as their own `toString` writes them, in place of
 * all their fields.
 *
 * @param type a class with a `toString` of its own.
 *
 * @example
 * ```ts
 * import { printsAsText } from "./one_line.ts";
 * import { assert } from "@std/assert";
 *
 * class Heads {
 *   toString(): string {
 *     return "48 heads";
 *   }
 * }
 * printsAsText(Heads);
 * assert(Symbol.for("nodejs.util.inspect.custom") in new Heads()); // console.log prints "48 heads"
 * ```
 */
export function printsAsText(type: { readonly prototype: object }): void {
  Object.defineProperty(type.prototype, INSPECT, {
    configurable: true,
    value(this: object): string {
      return String(this);
    },
  });
}

/**
 * Returns numbers in words: all of them if they are few, otherwise their range, with three
 * significant digits.
 *
 * @example
 * ```ts
 * import { numbersInWords } from "./one_line.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(numbersInWords([1 / 3, 2]), "0.333, 2");
 * assertEquals(numbersInWords(Array.from({ length: 9 }, (_, i) => i)), "0 to 8");
 * ```
 */
export function numbersInWords(numbers: ArrayLike<number>): string {
  const short = (x: number) => significant(x, 3);
  if (numbers.length <= MOST_VALUES) return Array.from(numbers, short).join(", ");
  let low = Infinity;
  let high = -Infinity;
  let strange = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (!Number.isFinite(number)) strange++;
    else if (number < low) low = number;
    if (number > high && Number.isFinite(number)) high = number;
  }
  const range = low <= high ? `${short(low)} to ${short(high)}` : "no finite value";
  return strange === 0 ? range : `${range}, ${strange} not finite`;
}

/**
 * Returns the short name of a head, as figures, tables and edges have it.
 *
 * @param layer the layer, counted from 0.
 * @param head the head of the layer, counted from 0.
 *
 * @example
 * ```ts
 * import { headName } from "./one_line.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(headName(5, 3), "L5H3");
 * ```
 */
export function headName(layer: number, head: number): string {
  return `L${layer}H${head}`;
}

/**
 * Returns the short name of a neuron, as figures, tables and paths have it.
 *
 * @param layer the layer, counted from 0.
 * @param neuron the neuron of the layer's MLP, counted from 0.
 *
 * @example
 * ```ts
 * import { neuronName } from "./one_line.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(neuronName(3, 17), "L3N17");
 * ```
 */
export function neuronName(layer: number, neuron: number): string {
  return `L${layer}N${neuron}`;
}

/**
 * Returns names with commas between them, and with "and" before the last.
 *
 * @example
 * ```ts
 * import { namesInWords } from "./one_line.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(namesInWords(["L5H3", "L4H2", "L5H1"]), "L5H3, L4H2 and L5H1");
 * ```
 */
export function namesInWords(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
