import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection, type Selection } from "../../base/tensor.ts";

/**
 * Token positions: one selection for every row (activations keep the axes [batch, position, …]), or
 * a list for each row (the two axes become one, `example`, row by row). Negative positions count
 * from the end of each row.
 */
export type Positions = Selection | readonly (readonly number[])[];

/** Returns whether positions are a list for each row. */
export function isPerRow(
  positions: Positions | undefined,
): positions is readonly (readonly number[])[] {
  return Array.isArray(positions) && Array.isArray(positions[0]);
}

/**
 * Returns the positions of each row, counted from its first token: [row][position].
 *
 * @param rows the token rows that the positions belong to.
 * @param of what the positions are for, to end a message with: ` at "hook_embed"`, ` in the
 * metric`.
 * @throws CircuitbookError if a position does not exist, or if there are lists for fewer or more
 * rows than there are.
 *
 * @example
 * ```ts
 * import { positionsByRow } from "./positions.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [[5, 6, 7], [8, 9]];
 * assertEquals(positionsByRow(-1, rows), [[2], [1]]);
 * assertEquals(positionsByRow({ from: 1 }, rows), [[1, 2], [1]]);
 * assertEquals(positionsByRow([[0], []], rows), [[0], []]);
 * ```
 */
export function positionsByRow(
  positions: Positions,
  rows: readonly (readonly number[])[],
  of = "",
): number[][] {
  if (isPerRow(positions) && positions.length !== rows.length) {
    throw new CircuitbookError(
      `Expected a list of positions for each of ${rows.length} rows${of} but found ${positions.length}.`,
    );
  }
  return rows.map(({ length }, row) => {
    const selection = isPerRow(positions) ? positions[row] : positions as Selection;
    return resolveSelection(selection, length, `position of row ${row}${of}`);
  });
}
