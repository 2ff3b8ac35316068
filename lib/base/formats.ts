// How texts write numbers, shares, times and dates: figures, messages and cards share these forms.

/**
 * Returns a whole number with commas between thousands.
 *
 * @example
 * ```ts
 * import { countText } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countText(134515008), "134,515,008");
 * ```
 */
export function countText(count: number): string {
  return count.toLocaleString("en");
}

/** Returns a count with its noun: `1 text`, `3 texts`. */
export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Returns a number with a given number of significant digits, without zeros at the end.
 *
 * @example
 * ```ts
 * import { significant } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([2 / 3, 0.5].map((value) => significant(value, 3)), ["0.667", "0.5"]);
 * ```
 */
export function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** Returns a number rounded to one digit after the point: 94.6 for 94.57. */
export function tenths(value: number): number {
  return Number(value.toFixed(1));
}

/**
 * Returns a share in whole percent.
 *
 * @param share a number from 0 to 1, or the difference of two such numbers.
 *
 * @example
 * ```ts
 * import { percent } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(percent(2 / 3), "67 %");
 * ```
 */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/**
 * Returns seconds in words, rounded up.
 *
 * @example
 * ```ts
 * import { durationText } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([8, 125, 3780].map(durationText), ["8 s", "2 min 5 s", "1 h 3 min"]);
 * ```
 */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/**
 * Returns measured seconds in words: two digits of a short time, whole seconds of a longer one.
 *
 * @example
 * ```ts
 * import { measuredTime } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([8.31, 41.2, 200].map(measuredTime), ["8.3 s", "41 s", "3 min 20 s"]);
 * ```
 */
export function measuredTime(seconds: number): string {
  return seconds < 10
    ? `${significant(seconds, 2)} s`
    : durationText(Math.round(seconds)).replace(/ 0 s$/, "");
}

/**
 * Returns a duration in whole seconds or, from 90 seconds on, in whole minutes.
 *
 * @example
 * ```ts
 * import { roughDuration } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([8.31, 89, 200].map(roughDuration), ["8 s", "89 s", "3 minutes"]);
 * ```
 */
export function roughDuration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
}

/**
 * Returns a date in ISO 8601 to the minute.
 *
 * @example
 * ```ts
 * import { minuteOf } from "./formats.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(minuteOf("2026-11-30T01:12:45.000Z"), "2026-11-30 01:12 UTC");
 * ```
 */
export function minuteOf(date: string): string {
  return `${date.slice(0, 16).replace("T", " ")} UTC`;
}
