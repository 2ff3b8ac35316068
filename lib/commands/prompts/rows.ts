import pl from "nodejs-polars";

/** Returns whether all ids are numbers. If so, the column of ids holds numbers, otherwise texts. */
export function hasNumericIds(rows: readonly { readonly id: string | number }[]): boolean {
  return rows.every(({ id }) => typeof id === "number");
}

/** Returns the column `id` of a table. */
export function idColumn(ids: readonly (string | number)[], numeric: boolean): pl.Series {
  return numeric
    ? pl.Series("id", ids.map(Number), pl.Int64)
    : pl.Series("id", ids.map(String), pl.Utf8);
}

/**
 * Returns the SHA-256 of the rows of a file of prompts, in hexadecimal. The hash depends on the
 * values only, not on how the file was written.
 */
export async function hashOfRows(rows: readonly object[]): Promise<string> {
  const text = JSON.stringify(rows.map((row) => Object.values(row)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
