import { CircuitbookError } from "circuitbook";
import { roundToF16, widenBF16, widenF16 } from "../../lib/checkpoint/safetensors/halves.ts";
import { assertEquals, assertThrows } from "@std/assert";

Deno.test("widenF16 gives the values of the IEEE 754 tables", () => {
  const known: [number, number][] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 2 ** -14 * (1023 / 1024)],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c01, 1 + 2 ** -10],
    [0x7bff, 65504],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  assertEquals(
    [...widenF16(Uint16Array.from(known, ([bits]) => bits))],
    known.map(([, value]) => value),
  );
});

Deno.test("widenF16 agrees with the definition for every finite half", () => {
  const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const widened = widenF16(bits);
  for (let i = 0; i < bits.length; i++) {
    const exponent = i >> 10 & 31;
    const mantissa = i & 1023;
    const sign = i >> 15 ? -1 : 1;
    if (exponent === 31) continue;
    const magnitude = exponent ? (1 + mantissa / 1024) * 2 ** (exponent - 15) : mantissa * 2 ** -24;
    if (widened[i] !== sign * magnitude) {
      throw new Error(`0x${i.toString(16)}: ${widened[i]} is not ${magnitude}`);
    }
  }
});

Deno.test("widenBF16 gives the upper half of a float32", () => {
  const bits = new Uint16Array([0x3f80, 0xbf80, 0x4049, 0x7f80, 0x0001, 0xffc0]);
  assertEquals([...widenBF16(bits)], [1, -1, 3.140625, Infinity, 2 ** -133, NaN]);
});

Deno.test("widening reads only its part of a shared buffer", () => {
  const bits = new Uint16Array([0xffff, 0x3c00, 0xffff]).subarray(1, 2);
  assertEquals([...widenF16(bits)], [1]);
});

Deno.test("rounding to halves takes the nearest, ties to even, for every half and what lies between", () => {
  // All finite positive halves are in order: midpoints of neighbours are ties, exact in f32.
  const halves = Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits);
  const values = widenF16(halves);
  const rounded = (numbers: ArrayLike<number>) =>
    new Uint16Array(roundToF16(Float32Array.from(numbers)).buffer);
  assertEquals(rounded(values), halves);
  const middles = values.subarray(1).map((value, i) => (value + values[i]) / 2);
  assertEquals(rounded(middles), halves.subarray(1).map((bits) => bits % 2 ? bits - 1 : bits));
  const next = (value: number, up: boolean) => {
    const bits = new Int32Array(new Float32Array([value]).buffer);
    bits[0] += up ? 1 : -1;
    return new Float32Array(bits.buffer)[0];
  };
  assertEquals(rounded(middles.map((value) => next(value, true))), halves.subarray(1));
  assertEquals(rounded(middles.map((value) => next(value, false))), halves.subarray(0, -1));
  assertEquals([...roundToF16(new Float32Array([-0.1, -0, Infinity]))], [
    -0.0999755859375,
    -0,
    Infinity,
  ]);
});

Deno.test("a number beyond the largest half is refused", () => {
  assertEquals([...roundToF16(new Float32Array([65519]))], [65504]);
  assertThrows(
    () => roundToF16(new Float32Array([1, 65520])),
    CircuitbookError,
    "fit into half precision but found 65520",
  );
});
