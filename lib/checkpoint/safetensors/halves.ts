import { CircuitbookError } from "../../base/errors.ts";

/**
 * Returns the float32 values of half-precision numbers (IEEE 754 binary16), which are exact.
 *
 * @example
 * ```ts
 * import { widenF16 } from "./halves.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...widenF16(new Uint16Array([0x3c00, 0xc000]))], [1, -2]);
 * ```
 */
export function widenF16(halves: Uint16Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(new Float16Array(halves.buffer, halves.byteOffset, halves.length));
}

/**
 * Returns the float32 values of bfloat16 numbers, which are exact: a bfloat16 is the upper half of
 * a float32.
 *
 * @example
 * ```ts
 * import { widenBF16 } from "./halves.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...widenBF16(new Uint16Array([0x3f80, 0xc000]))], [1, -2]);
 * ```
 */
export function widenBF16(halves: Uint16Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/**
 * Returns numbers rounded to half precision (IEEE 754 binary16), to the nearest value, ties to
 * even.
 *
 * @throws CircuitbookError if a finite number is greater than 65,504 in absolute value.
 *
 * @example
 * ```ts
 * import { roundToF16 } from "./halves.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...roundToF16(new Float32Array([1, 0.1]))], [1, 0.0999755859375]);
 * ```
 */
export function roundToF16(numbers: Float32Array): Float16Array<ArrayBuffer> {
  const halves = new Float16Array(numbers);
  const over = halves.findIndex((half, i) => !Number.isFinite(half) && Number.isFinite(numbers[i]));
  if (over >= 0) {
    throw new CircuitbookError(
      `Expected numbers that fit into half precision but found ${numbers[over]}; write f32.`,
    );
  }
  return halves;
}
