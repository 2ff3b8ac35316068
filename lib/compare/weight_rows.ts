import { withWholeIndices } from "../table/index_columns.ts";
import pl from "nodejs-polars";
import type { Sums } from "./sums.ts";
import type { WeightPart } from "./weight_parts.ts";

/** A cell of a table of compared weights. */
type Cell = string | number | null;

/**
 * Gathers the rows of a table of compared weights. Cells are kept column by column, as there may be
 * hundreds of thousands of rows.
 */
export class WeightRows {
  readonly #columns = new Map<string, Cell[]>();

  /** Adds a row for each stretch of a tensor. */
  add({ tensor, layer }: WeightPart, sums: Sums): void {
    const { slicing: { component, axis, count } } = sums;
    for (let index = 0; index < count; index++) {
      const row = {
        tensor,
        layer: layer ?? null,
        component,
        axis: axis ?? null,
        index,
        ...measures(sums, index),
      };
      for (const [name, cell] of Object.entries(row)) {
        const column = this.#columns.get(name);
        if (column) column.push(cell);
        else this.#columns.set(name, [cell]);
      }
    }
  }

  /**
   * Returns the table.
   *
   * @param named which of the columns `tensor`, `axis` and `index` it has. Without `index` a row is
   * a whole matrix, which has no neighbour, so that the column `control` is left out too.
   */
  table(...named: ("tensor" | "axis" | "index")[]): pl.DataFrame {
    const dropped = ["tensor", "axis", "index"].filter((name) =>
      !(named as string[]).includes(name)
    );
    if (!named.includes("index")) dropped.push("control");
    return withWholeIndices(pl.DataFrame(
      Object.fromEntries([...this.#columns].filter(([name]) => !dropped.includes(name))),
    ));
  }
}

/** Returns the measures of one stretch from its sums. A quotient by zero is null. */
function measures(sums: Sums, i: number): Record<string, number | null> {
  const before = sums.squaresBefore[i];
  const after = sums.squaresAfter[i];
  const [normBefore, normAfter] = [Math.sqrt(before), Math.sqrt(after)];
  return {
    values: sums.values[i],
    cosine: cosineOfSums(sums.dot[i], before, after),
    control: i > 0 ? cosineOfSums(sums.neighbourDot[i], sums.squaresBefore[i - 1], after) : null,
    normBefore,
    normAfter,
    normChange: normAfter - normBefore,
    relativeChange: quotient(normAfter - normBefore, normBefore),
    distance: quotient(Math.sqrt(sums.squaredDifferences[i]), normBefore),
    unchanged: sums.unchanged[i] / sums.values[i],
  };
}

/**
 * Returns the cosine of two vectors from their dot product and squared lengths; null if one is
 * zero.
 */
function cosineOfSums(dot: number, squares: number, otherSquares: number): number | null {
  const found = quotient(dot, Math.sqrt(squares) * Math.sqrt(otherSquares));
  return found === null ? null : Math.max(-1, Math.min(1, found));
}

function quotient(a: number, b: number): number | null {
  return b === 0 ? null : a / b;
}
