import { adapt, type CodeBit, contextCount } from "./browser/coder.ts";

/** Writes what `bitReader` reads. */
export interface BitWriter {
  readonly code: CodeBit;
  /** The bytes of all bits so far; nothing can be written after. */
  finish(): Uint8Array;
}

/** A writer of bits, each under a context. */
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
    // One more byte that lies between the ends is enough where there is one; the reader takes zeros after the last.
    for (let i = 0; i < 4; i++) bytes.push((state[0] >>> (24 - 8 * i)) & 255);
    return Uint8Array.from(bytes);
  };
  return { code, finish };
}
