import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection } from "../../base/tensor.ts";

/**
 * A list of positions for each row, none of them negative.
 *
 * @param positions one position of every row, or a list for each.
 * @throws CircuitbookError when a position does not exist, or there are not as many lists as rows.
 */
export function positionLists(
  rows: readonly (readonly number[])[],
  positions: number | readonly (readonly number[])[],
): number[][] {
  const lists = typeof positions === "number" ? rows.map(() => [positions]) : positions;
  if (lists.length === rows.length) {
    return lists.map((list, row) =>
      resolveSelection(list, rows[row].length, `position of row ${row}`)
    );
  }
  throw new CircuitbookError(
    `Expected a list of positions for each of ${rows.length} rows but found ${lists.length}.`,
  );
}
