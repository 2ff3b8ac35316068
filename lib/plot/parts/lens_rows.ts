import { type Row, rowsWith, type Table } from "../../table/plain_rows.ts";

/**
 * Returns the rows of a lens with the column `position`. A table of `lens.logitLens` numbers its
 * examples; if the examples are the positions of one text, the number of an example is its
 * position.
 *
 * @throws CircuitbookError if a column is missing.
 */
export function lensRows(table: Table): readonly Row[] {
  const rows = rowsWith(table);
  const columns = Object.keys(rows[0]);
  const isNumbered = columns.includes("example") && !columns.includes("position");
  const placed = isNumbered
    ? rows.map(({ example, ...row }) => ({ ...row, position: example }))
    : rows;
  return rowsWith(placed, ["layer", "position", "token", "probability"]);
}
