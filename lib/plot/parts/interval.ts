import { optionalNumber, type Row } from "../../table/plain_rows.ts";
import { formatNumber } from "./text.ts";

/**
 * Returns the value of a row in words, with the interval from `low` and `high` and the sample size `n` if the
 * row has them: "−2 (−3 to −1), n 100".
 */
export function valueInWords(row: Row, value: string): string {
  const low = optionalNumber(row, "low");
  const high = optionalNumber(row, "high");
  const n = optionalNumber(row, "n");
  const interval = low === undefined || high === undefined
    ? ""
    : ` (${formatNumber(low)} to ${formatNumber(high)})`;
  const known = formatNumber(optionalNumber(row, value) ?? NaN);
  return `${known}${interval}${n === undefined ? "" : `, n ${formatNumber(n)}`}`;
}

/** Returns whether the interval of a row, from `low` to `high`, excludes zero. */
export function excludesZero(row: Row): boolean {
  const low = optionalNumber(row, "low");
  const high = optionalNumber(row, "high");
  return low !== undefined && high !== undefined && (low > 0 || high < 0);
}

/** Returns the rows with the largest absolute values in words, for the label of a figure. */
export function strongestInWords(
  rows: readonly Row[],
  value: string,
  words: (row: Row) => string,
  most = 3,
): string {
  const size = (row: Row) => Math.abs(optionalNumber(row, value) || 0);
  return [...rows].sort((a, b) => size(b) - size(a)).slice(0, most).map(words).join("; ");
}
