import { optionalNumber, type Row } from "../../table/plain_rows.ts";
import { formatNumber } from "./text.ts";

/**
 * Returns the value of a row in words, with the interval from `low` and `high` and the sample size
 * `n` if the row has them: "−2 (−3 to −1), n 100".
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

/** The note under a map that frames cells. */
export const FRAMES_IN_WORDS =
  "Framed: the interval excludes zero, and the value is at least a quarter of the strongest.";

/** The least size of a framed value, as a part of the strongest, so that frames mark few cells. */
const FRAMED_PART = 0.25;

/**
 * Returns whether a map frames a cell: its interval excludes zero, and its absolute value is at
 * least a quarter of the largest absolute value of the maps that share the scale.
 *
 * @param value the column of the value.
 * @param scale the colour scale; its `extent` is the smallest and the largest value of these maps.
 */
export function isFramed(
  row: Row,
  value: string,
  scale: { readonly extent: readonly [number, number] },
): boolean {
  const [least, most] = scale.extent;
  const strongest = Math.max(Math.abs(least), Math.abs(most));
  const size = Math.abs(optionalNumber(row, value) ?? 0);
  return excludesZero(row) && size >= FRAMED_PART * strongest;
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
