import type { TensorPart } from "../plan/architecture.ts";

/** Collects the tensors that a family computes from stored ones. */
export class Parts {
  readonly #parts = new Map<string, TensorPart>();

  /** The collected parts, by name. */
  get all(): ReadonlyMap<string, TensorPart> {
    return this.#parts;
  }

  /** Returns the name of a range of rows of a matrix [rows, columns]. */
  rows(of: string, stored: readonly number[], from: number, to: number): string {
    const shape = [to - from, ...stored.slice(1)];
    return this.#add(`${of}[${from}:${to}]`, { of, stored, shape, rows: [from, to] });
  }

  /** Returns the name of one kind of a tensor whose first axis is [heads, kinds, head size]. */
  byHead(
    of: string,
    stored: readonly number[],
    byHead: NonNullable<TensorPart["byHead"]>,
  ): string {
    const shape = [stored[0] / byHead.kinds, ...stored.slice(1)];
    return this.#add(`${of}[:, ${byHead.kind}]`, { of, stored, shape, byHead });
  }

  /** Returns the name of a gain that is stored less 1. */
  onePlus(of: string, size: number): string {
    return this.#add(`1 + ${of}`, { of, stored: [size], shape: [size], plus: 1 });
  }

  #add(name: string, part: TensorPart): string {
    this.#parts.set(name, part);
    return name;
  }
}
