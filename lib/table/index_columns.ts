import pl from "nodejs-polars";

/**
 * The names of columns that number the parts of a model or of a batch: `layer`, `from_head`,
 * `otherLayer`.
 */
const INDEX =
  /(^|_)(layer|head|neuron|position|query|key|row|example)$|[a-z](Layer|Head|Position)$/;

/**
 * Returns a table whose columns of layers, heads, neurons, positions, rows and examples are i64:
 * polars makes f64 of every number, and writes layer 3 as "3.0" to CSV files.
 *
 * @param table a table with at least one row.
 */
export function withWholeIndices(table: pl.DataFrame): pl.DataFrame {
  const indices = table.columns.filter((name) => INDEX.test(name) && isWhole(table, name));
  return indices.length === 0
    ? table
    : table.withColumns(...indices.map((name) => pl.col(name).cast(pl.Int64)));
}

/** Returns whether a column holds whole numbers and nulls. */
function isWhole(table: pl.DataFrame, name: string): boolean {
  const column = table.getColumn(name);
  return column.dtype.equals(pl.Float64) &&
    column.toArray().every((value: unknown) => value === null || Number.isSafeInteger(value));
}
