import pl from "nodejs-polars";

/** Whether all ids of a list are numbers, so that the table's column of ids is one of numbers. */
export function hasNumericIds(rows: readonly { readonly id: string | number }[]): boolean {
  return rows.every(({ id }) => typeof id === "number");
}

/** Returns the column `id` of a table. */
export function idColumn(ids: readonly (string | number)[], numeric: boolean): pl.Series {
  return numeric
    ? pl.Series("id", ids.map(Number), pl.Int64)
    : pl.Series("id", ids.map(String), pl.Utf8);
}

/** Returns the SHA-256 of rows of a prompts' file, in hexadecimal: equal where every value is equal, whatever the file looked like. */
export async function hashOfRows(rows: readonly object[]): Promise<string> {
  const text = JSON.stringify(rows.map((row) => Object.values(row)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
