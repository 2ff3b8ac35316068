import { formatNumber } from "../../plot/mod.ts";
import type { ResultWords } from "../../base/statements.ts";
import type { Claim } from "./claim.ts";

/** Returns a number with its unit: 0.083 of "share" is "8.3 %", as a difference "8.3 points". */
export function inUnit(value: number, unit: string, isDifference = false, digits = 2): string {
  if (unit === "share") {
    // Rounded to a thousandth of a per cent: less than half of that is none.
    const percent = Number((100 * value).toFixed(3));
    return `${short(percent, digits)} ${isDifference ? "points" : "%"}`;
  }
  return unit === "number" ? short(value, digits) : `${short(value, digits)} ${unit}`;
}

/**
 * Returns what was measured, in a sentence without a full stop: "Right results still recognised: 8
 * % (as many random heads: 96 %; difference −88 points, 95 % interval −95 to −78, n 40)".
 */
export function measured(claim: Claim, says: string = claim.statistic): string {
  const { value, interval, control } = claim;
  if (value === undefined || interval === undefined) return says;
  const words = resultWords(claim);
  if (isDifference(claim)) {
    return `${says}: ${words.own} (${control}: ${words.control}; ${uncertainty(claim)})`;
  }
  if (interval[0] === interval[1]) return `${says}: ${words.value}`;
  return `${says}: ${words.value} (${uncertainty(claim)})`;
}

/** Returns whether the number of a claim is a difference from a measured control. */
function isDifference(claim: Claim): claim is Claim & { own: number; controlValue: number } {
  return claim.own !== undefined && claim.controlValue !== undefined;
}

/** Returns the numbers of a tested claim with their units. */
export function resultWords(claim: Claim): ResultWords {
  const { value = NaN, unit, control } = claim;
  if (!isDifference(claim)) {
    return { value: inUnit(value, unit), own: inUnit(value, unit), control };
  }
  return {
    value: inUnit(value, unit, true),
    own: inUnit(claim.own, unit),
    control: inUnit(claim.controlValue, unit),
  };
}

/**
 * Returns the difference from the control, the interval, the number of units and of random draws of
 * a tested claim: "difference −88 points, 95 % interval −95 to −78, n 40, 20 random draws". A claim
 * without a control has no difference, and a number that was counted over everything has no
 * interval.
 */
export function uncertainty(claim: Claim): string {
  const { interval = [NaN, NaN], n, draws, unit } = claim;
  const ends = (digits: number) =>
    interval.map((end) => inUnit(end, unit, isDifference(claim), digits).split(" ")[0]);
  const isExact = interval[0] === interval[1] || interval.some(Number.isNaN);
  // A narrow interval at 100 % needs more digits: "99.6 to 100".
  const [low, high] = [2, 3, 4].map(ends).find(([low, high]) => low !== high) ?? ends(5);
  return [
    isDifference(claim) ? `difference ${resultWords(claim).value}` : "",
    isExact ? "" : `95 % interval ${low} to ${high}`,
    n === undefined ? "" : `n ${n}`,
    draws === undefined ? "" : `${draws} random draws`,
  ].filter(Boolean).join(", ");
}

/**
 * Some significant digits, without zeros at the end; the detour over nine decimals rounds 0.1 + 0.2
 * to 0.3.
 */
function short(value: number, digits: number): string {
  const rounded = Number(
    Number(value.toFixed(9)).toPrecision(Math.max(digits, wholeDigits(value))),
  );
  return formatNumber(rounded, digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** Returns how many digits a number has before its point. */
function wholeDigits(value: number): number {
  return Math.max(1, Math.ceil(Math.log10(Math.abs(value) + 1e-12)));
}

/** Returns a text with a capital at its beginning. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
