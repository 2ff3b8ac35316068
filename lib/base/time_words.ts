/**
 * Returns seconds in words, rounded up.
 *
 * @example
 * ```ts
 * import { durationText } from "./time_words.ts";
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
 * import { measuredTime } from "./time_words.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([8.31, 41.2, 200].map(measuredTime), ["8.3 s", "41 s", "3 min 20 s"]);
 * ```
 */
export function measuredTime(seconds: number): string {
  return seconds < 10
    ? `${Number(seconds.toPrecision(2))} s`
    : durationText(Math.round(seconds)).replace(/ 0 s$/, "");
}

/**
 * Returns a date in ISO 8601 to the minute.
 *
 * @example
 * ```ts
 * import { minuteOf } from "./time_words.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(minuteOf("2026-11-30T01:12:45.000Z"), "2026-11-30 01:12 UTC");
 * ```
 */
export function minuteOf(date: string): string {
  return `${date.slice(0, 16).replace("T", " ")} UTC`;
}
