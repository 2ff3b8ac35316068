import type { Slicing } from "./weight_parts.ts";

/** A block of rows of two matrices with one shape: one before training, one after. */
export interface RowBlock {
  /** How many columns the matrices have. */
  readonly columns: number;
  /** The first row of the block in the matrix. */
  readonly from: number;
  /** How many rows the block has. */
  readonly rows: number;
  /** The rows of the block after training, flat. */
  readonly after: Float32Array;
  /** The rows of the block before training, flat, after `lead` earlier rows. */
  readonly before: Float32Array;
  /** How many earlier rows `before` starts with. */
  readonly lead: number;
}

/**
 * Sums over the numbers of each stretch of a matrix, in double precision, gathered block by block.
 */
export class Sums {
  /** How many numbers each stretch has. */
  readonly values: Float64Array;
  /** The dot product of each stretch before and after. */
  readonly dot: Float64Array;
  /** The squared length of each stretch before. */
  readonly squaresBefore: Float64Array;
  /** The squared length of each stretch after. */
  readonly squaresAfter: Float64Array;
  /** The squared length of each stretch's change. */
  readonly squaredDifferences: Float64Array;
  /** How many numbers of each stretch are equal before and after. */
  readonly unchanged: Float64Array;
  /** The dot product of each stretch after with the stretch in front of it before. */
  readonly neighbourDot: Float64Array;

  constructor(readonly slicing: Slicing) {
    const zeros = () => new Float64Array(slicing.count);
    [this.values, this.dot, this.squaresBefore, this.squaresAfter] = [
      zeros(),
      zeros(),
      zeros(),
      zeros(),
    ];
    [this.squaredDifferences, this.unchanged, this.neighbourDot] = [zeros(), zeros(), zeros()];
  }

  /**
   * How many earlier rows {@link add} needs before a block, to reach the stretch in front of each.
   */
  get lead(): number {
    const { along, size, count } = this.slicing;
    return along === "rows" && count > 1 ? size : 0;
  }

  /** Adds the rows of a block. */
  add(block: RowBlock): void {
    const { along, from, size, count } = this.slicing;
    if (along === "rows") {
      // A stretch is `size` whole rows, which may begin or end outside the block.
      const end = Math.min(block.from + block.rows, from + size * count);
      for (let row = Math.max(block.from, from); row < end;) {
        const group = Math.floor((row - from) / size);
        const next = Math.min(end, from + (group + 1) * size);
        this.#addRun(
          block,
          group,
          (row - block.from) * block.columns,
          (next - row) * block.columns,
          size * block.columns,
        );
        row = next;
      }
      return;
    }
    for (let row = 0; row < block.rows; row++) {
      for (let group = 0; group < count; group++) {
        this.#addRun(block, group, row * block.columns + from + group * size, size, size);
      }
    }
  }

  /** Adds `length` numbers from `start` on. The stretch in front lies `back` numbers earlier. */
  #addRun(
    { before, after, lead, columns }: RowBlock,
    group: number,
    start: number,
    length: number,
    back: number,
  ) {
    const offset = lead * columns;
    const hasNeighbour = group > 0;
    let dot = 0;
    let squaresBefore = 0;
    let squaresAfter = 0;
    let differences = 0;
    let unchanged = 0;
    let neighbour = 0;
    for (let i = start; i < start + length; i++) {
      const a = before[offset + i];
      const b = after[i];
      dot += a * b;
      squaresBefore += a * a;
      squaresAfter += b * b;
      differences += (b - a) * (b - a);
      if (a === b) unchanged++;
      if (hasNeighbour) neighbour += before[offset + i - back] * b;
    }
    this.values[group] += length;
    this.dot[group] += dot;
    this.squaresBefore[group] += squaresBefore;
    this.squaresAfter[group] += squaresAfter;
    this.squaredDifferences[group] += differences;
    this.unchanged[group] += unchanged;
    this.neighbourDot[group] += neighbour;
  }
}
