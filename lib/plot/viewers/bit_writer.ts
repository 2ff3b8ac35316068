import { adapt, type CodeBit, contextCount } from "./browser/coder.ts";

/** The counterpart of `bitReader`. */
export interface BitWriter {
  /** Writes one bit under a context. */
  readonly code: CodeBit;
  /** Returns the bytes of all bits; nothing can be written afterwards. */
  finish(): Uint8Array;
}

/** Returns a writer of arithmetic code. */
export function bitWriter(): BitWriter {
  const odds = new Uint16Array(contextCount()).fill(32768);
  const seen = new Uint8Array(contextCount());
  const state = new Uint32Array([0, 0xffffffff]);
  const bytes: number[] = [];
  const code: CodeBit = (context, bit) => {
    const range = state[1] - state[0];
    const p = odds[context];
    const middle = state[0] + (range >>> 16) * p + (((range & 65535) * p) >>> 16);
    state[bit] = middle + 1 - bit;
    adapt(odds, seen, context, bit);
    while ((state[0] ^ state[1]) >>> 24 === 0) {
      bytes.push(state[1] >>> 24);
      state[0] <<= 8;
      state[1] = (state[1] << 8) | 255;
    }
    return bit;
  };
  const finish = () => {
    // Four bytes of the lower end lie within the range; the reader takes zeros after the last byte.
    for (let i = 0; i < 4; i++) bytes.push((state[0] >>> (24 - 8 * i)) & 255);
    return Uint8Array.from(bytes);
  };
  return { code, finish };
}
