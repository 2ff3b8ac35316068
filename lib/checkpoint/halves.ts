/**
 * The float32 values of half-precision numbers (IEEE 754 binary16), exact.
 *
 * @example
 * ```ts
 * import { widenF16 } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...widenF16(new Uint16Array([0x3c00, 0xc000]))], [1, -2]);
 * ```
 */
export function widenF16(halves: Uint16Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(new Float16Array(halves.buffer, halves.byteOffset, halves.length));
}

/**
 * The float32 values of bfloat16 numbers, exact: a bfloat16 is the upper half of a float32.
 *
 * @example
 * ```ts
 * import { widenBF16 } from "circuitbook";
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
