const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * For each emitted line, the line of the source that its first mapped column comes from (both from 1);
 * `undefined` where the line has no mapping.
 *
 * The format is ECMA-426: lines are separated by `;`, segments by `,`, and each segment is up to five base64 VLQ
 * numbers, of which the third is the source line, relative to the one before.
 *
 * @param mappings The `mappings` of a source map with one source.
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
