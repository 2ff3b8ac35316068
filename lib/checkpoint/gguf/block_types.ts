import { widenBF16, widenF16 } from "../safetensors/halves.ts";

/** A type of GGUF tensors: numbers are stored in blocks, and each block is widened by itself. */
export interface BlockType {
  readonly name: string;
  /** How many numbers a block holds. */
  readonly numbers: number;
  /** How many bytes a block takes. */
  readonly bytes: number;
  /** Returns the numbers of whole blocks as f32. */
  readonly widen: (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;
}

/** The f32 value of each half-precision number, by its bits. */
let halfValues: Float32Array | undefined;

/** Writes the numbers of the block that begins at the byte `from` to `out` at `to`. */
type WidenBlock = (bytes: Uint8Array, from: number, out: Float32Array, to: number) => void;

/**
 * The supported types by their number in the file. The layouts are those of ggml (`ggml-quants.c`);
 * the results equal those of the `gguf` package of PyPI bit for bit: every product here is exact in
 * double precision, and each number is rounded to f32 once.
 */
export const BLOCK_TYPES: ReadonlyMap<number, BlockType> = new Map<number, BlockType>([
  [0, { name: "F32", numbers: 1, bytes: 4, widen: ({ buffer }) => new Float32Array(buffer) }],
  [1, {
    name: "F16",
    numbers: 1,
    bytes: 2,
    widen: ({ buffer }) => widenF16(new Uint16Array(buffer)),
  }],
  [30, {
    name: "BF16",
    numbers: 1,
    bytes: 2,
    widen: ({ buffer }) => widenBF16(new Uint16Array(buffer)),
  }],
  [2, blocked("Q4_0", 32, 18, widenQ4of0)],
  [3, blocked("Q4_1", 32, 20, widenQ4of1)],
  [6, blocked("Q5_0", 32, 22, widenQ5of0)],
  [7, blocked("Q5_1", 32, 24, widenQ5of1)],
  [8, blocked("Q8_0", 32, 34, widenQ8of0)],
  [12, blocked("Q4_K", 256, 144, widenQ4K)],
  [13, blocked("Q5_K", 256, 176, widenQ5K)],
  [14, blocked("Q6_K", 256, 210, widenQ6K)],
]);

function blocked(name: string, numbers: number, bytes: number, widen: WidenBlock): BlockType {
  return {
    name,
    numbers,
    bytes,
    widen: (data) => {
      const blocks = data.length / bytes;
      const out = new Float32Array(blocks * numbers);
      for (let block = 0; block < blocks; block++) widen(data, block * bytes, out, block * numbers);
      return out;
    },
  };
}

/** Returns the half-precision number at a byte. */
function halfAt(bytes: Uint8Array, at: number): number {
  halfValues ??= widenF16(Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits));
  return halfValues[bytes[at] | bytes[at + 1] << 8];
}

/** 4 bits a number: the low halves of 16 bytes, then the high halves; 8 stands for zero. */
function widenQ4of0(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const scale = halfAt(bytes, from);
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 2 + i];
    out[to + i] = scale * ((pair & 15) - 8);
    out[to + 16 + i] = scale * ((pair >> 4) - 8);
  }
}

/** 4 bits a number, above a least value. */
function widenQ4of1(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const scale = halfAt(bytes, from);
  const least = halfAt(bytes, from + 2);
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 4 + i];
    out[to + i] = scale * (pair & 15) + least;
    out[to + 16 + i] = scale * (pair >> 4) + least;
  }
}

/** 5 bits a number: the fifth bits of all 32 numbers stand in front; 16 stands for zero. */
function widenQ5of0(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const scale = halfAt(bytes, from);
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 6 + i];
    out[to + i] = scale * ((pair & 15 | fifthBit(bytes, from + 2, i)) - 16);
    out[to + 16 + i] = scale * ((pair >> 4 | fifthBit(bytes, from + 2, i + 16)) - 16);
  }
}

/** 5 bits a number, above a least value. */
function widenQ5of1(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const scale = halfAt(bytes, from);
  const least = halfAt(bytes, from + 2);
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 8 + i];
    out[to + i] = scale * (pair & 15 | fifthBit(bytes, from + 4, i)) + least;
    out[to + 16 + i] = scale * (pair >> 4 | fifthBit(bytes, from + 4, i + 16)) + least;
  }
}

/** Returns 16 if the bit of a number is set in the 4 bytes of fifth bits, else 0. */
function fifthBit(bytes: Uint8Array, at: number, index: number): number {
  return (bytes[at + (index >> 3)] >> (index & 7) & 1) << 4;
}

/** 8 bits a number, signed. */
function widenQ8of0(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const scale = halfAt(bytes, from);
  for (let i = 0; i < 32; i++) out[to + i] = scale * signed(bytes[from + 2 + i]);
}

function signed(byte: number): number {
  return byte << 24 >> 24;
}

/** 4 bits a number; 8 groups of 32 numbers have a scale and a least value of 6 bits each. */
function widenQ4K(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  widenGroups(bytes, from, from + 16, out, to, () => 0);
}

/**
 * Q4_K with a fifth bit for each number: the bit with the index of the group, in 32 bytes that all
 * groups share.
 */
function widenQ5K(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const fifth = (group: number, i: number) => (bytes[from + 16 + i] >> group & 1) << 4;
  widenGroups(bytes, from, from + 48, out, to, fifth);
}

/**
 * Widens the 8 groups of a Q4_K or Q5_K block. Two groups share 32 bytes: the first group has the
 * low halves of the bytes, the second the high halves.
 *
 * @param halves where the bytes with 4 bits of each number begin.
 * @param high returns the bits above these 4.
 */
function widenGroups(
  bytes: Uint8Array,
  from: number,
  halves: number,
  out: Float32Array,
  to: number,
  high: (group: number, i: number) => number,
): void {
  for (let group = 0; group < 8; group++) {
    const { scale, least } = groupOf(bytes, from, group);
    const at = halves + (group >> 1) * 32;
    const shift = (group & 1) * 4;
    for (let i = 0; i < 32; i++) {
      const number = bytes[at + i] >> shift & 15 | high(group, i);
      out[to + group * 32 + i] = scale * number - least;
    }
  }
}

/** Returns the scale and the least value of a group of a Q4_K or Q5_K block. */
function groupOf(
  bytes: Uint8Array,
  from: number,
  group: number,
): { scale: number; least: number } {
  const packed = from + 4;
  let scale: number;
  let least: number;
  if (group < 4) {
    scale = bytes[packed + group] & 63;
    least = bytes[packed + 4 + group] & 63;
  } else {
    // The last four groups keep their low 4 bits in the third row, and their high 2 bits in the
    // bytes of the first four groups.
    const both = bytes[packed + 4 + group];
    scale = both & 15 | bytes[packed + group - 4] >> 2 & 48;
    least = both >> 4 | bytes[packed + group] >> 2 & 48;
  }
  return { scale: halfAt(bytes, from) * scale, least: halfAt(bytes, from + 2) * least };
}

/**
 * 6 bits a number: the low 4 bits come first in the block, the high 2 bits after them. Each of 16
 * groups has a signed 8-bit scale.
 */
function widenQ6K(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const scale = halfAt(bytes, from + 208);
  for (let i = 0; i < 256; i++) {
    const half = i >> 7;
    const row = i >> 5 & 3;
    const column = i & 31;
    const low = bytes[from + half * 64 + (row & 1) * 32 + column] >> (row >> 1) * 4 & 15;
    const high = bytes[from + 128 + half * 32 + column] >> row * 2 & 3;
    out[to + i] = scale * signed(bytes[from + 192 + (i >> 4)]) * ((low | high << 4) - 32);
  }
}
