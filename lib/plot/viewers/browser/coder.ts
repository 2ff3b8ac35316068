/**
 * Attention patterns in few bits. Values are rounded to levels, and the levels are coded
 * arithmetically. Each bit is coded with the odds of earlier bits in the same context of
 * neighbouring cells. The same function writes and reads; the page only reads.
 *
 * Witten, Neal and Cleary, Arithmetic coding for data compression (1987). Contexts of neighbouring
 * cells as in JBIG (ITU-T T.82).
 *
 * @module
 */

/**
 * Codes one bit in a context. A writer writes the value; a reader ignores the value and returns the
 * written value.
 */
export type CodeBit = (context: number, value: number) => number;

/** The levels to which patterns are rounded, and the cells that are coded. */
export interface PatternShape {
  /** The number of keys of a pattern. */
  readonly keys: number;
  /** The position of each query. */
  readonly positions: readonly number[];
  /** Whether all cells after the query are zero; they are then not coded. */
  readonly causal: boolean;
  /** The value of each level; level 0 stands for all values below the threshold. */
  readonly values: readonly number[];
}

/**
 * Returns the value of each level: zero, then values from the threshold to 1, evenly spaced in the
 * square root.
 */
export function levelValues(threshold: number, levels: number): number[] {
  const low = Math.sqrt(threshold);
  return [
    0,
    ...Array.from({ length: levels }, (_, i) => (low + (1 - low) * i / (levels - 1)) ** 2),
  ];
}

/** Returns the number of contexts that {@link codePattern} uses. */
export function contextCount(): number {
  return 864 + 8 * 64;
}

/**
 * Returns a reader of arithmetic code. The odds of each context carry over from one pattern to the
 * next.
 */
export function bitReader(bytes: Uint8Array): CodeBit {
  const odds = new Uint16Array(contextCount()).fill(32768);
  const seen = new Uint8Array(contextCount());
  // The ends of the range and the code within it, as unsigned 32-bit numbers.
  const state = new Uint32Array([0, 0xffffffff, 0]);
  let at = 0;
  while (at < 4) state[2] = (state[2] << 8) | (bytes[at++] ?? 0);
  return (context) => {
    const range = state[1] - state[0];
    const p = odds[context];
    const middle = state[0] + (range >>> 16) * p + (((range & 65535) * p) >>> 16);
    const bit = state[2] <= middle ? 1 : 0;
    state[bit] = middle + 1 - bit;
    adapt(odds, seen, context, bit);
    while ((state[0] ^ state[1]) >>> 24 === 0) {
      state[0] <<= 8;
      state[1] = (state[1] << 8) | 255;
      state[2] = (state[2] << 8) | (bytes[at++] ?? 0);
    }
    return bit;
  };
}

/** Moves the odds of a context toward the bit just seen: fast at first, then slowly. */
export function adapt(odds: Uint16Array, seen: Uint8Array, context: number, bit: number): void {
  const p = odds[context];
  odds[context] = p + Math.trunc((bit * 65536 - p) / (seen[context] + 1.6));
  if (seen[context] < 120) seen[context]++;
}

/** Codes the levels of the pattern [query, key] of one head, row by row. */
export function codePattern(code: CodeBit, levels: Uint8Array, shape: PatternShape): void {
  const { keys, positions, causal, values } = shape;
  const most = values.length - 1;
  const depth = Math.ceil(Math.log2(most));
  positions.forEach((position, query) => {
    const row = query * keys;
    const above = row - keys;
    const end = causal ? position + 1 : keys;
    // A row sums to 1, so the remainder bounds the remaining cells.
    let room = 1;
    for (let key = 0; key < end; key++) {
      const up = query ? levels[above + key] : 0;
      const corner = query && key ? levels[above + key - 1] : 0;
      const next = query && key + 1 < keys && levels[above + key + 1] ? 1 : 0;
      const left = key ? levels[row + key - 1] : 0;
      const place = key === 0 ? 0 : key === position ? 1 : key === position - 1 ? 2 : 3;
      const rest = room < values[1] ? 0 : room < 0.25 ? 1 : room < 0.6 ? 2 : 3;
      const near = (strengthClass(up, most) * 3 + strengthClass(corner, most)) * 3 +
        strengthClass(left, most);
      const at = row + key;
      if (!code(((near * 2 + next) * 4 + rest) * 4 + place, levels[at] ? 1 : 0)) {
        levels[at] = 0;
        continue;
      }
      const likely = up > corner ? up : corner;
      const bucket = likely ? 2 + Math.floor((likely - 1) * 6 / most) : place ? 0 : 1;
      levels[at] = 1 + codeNumber(code, 864 + bucket * 64, depth, levels[at] - 1);
      room -= values[levels[at]];
    }
  });
}

/** Returns 0 for level 0, 1 for a weak value, 2 for a strong value. */
export function strengthClass(level: number, most: number): number {
  return level === 0 ? 0 : level * 2 <= most ? 1 : 2;
}

/** Codes a number of `depth` bits, the highest bit first. The bits before a bit are its context. */
export function codeNumber(code: CodeBit, context: number, depth: number, value: number): number {
  let node = 1;
  for (let bit = depth - 1; bit >= 0; bit--) {
    node = node * 2 + code(context + node, (value >> bit) & 1);
  }
  return node - (1 << depth);
}
