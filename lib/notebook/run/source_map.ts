const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Returns, for each emitted line, the source line (from 1) that its first mapped column comes from, or
 * `undefined` for a line without a mapping.
 *
 * Format: ECMA-426. `;` separates lines and `,` separates segments. A segment is up to five base64 VLQ
 * numbers; the third is the source line, relative to the source line of the segment before.
 *
 * @param mappings the `mappings` of a source map with one source.
 */
export function sourceLines(mappings: string): (number | undefined)[] {
  let line = 0;
  return mappings.split(";").map((segments) => {
    let first: number | undefined;
    for (const segment of segments.split(",")) {
      const fields = vlq(segment);
      if (fields.length < 4) continue;
      line += fields[2];
      first ??= line + 1;
    }
    return first;
  });
}

/** The numbers of a segment: five bits a digit, the least first; the last bit of a number is its sign. */
function vlq(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}
