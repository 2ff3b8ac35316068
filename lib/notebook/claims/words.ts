import { formatNumber } from "../../plot/mod.ts";
import type { Claim } from "./claim.ts";

/** Returns a number with its unit: 0.083 of "share" is "8.3 %", as a difference "8.3 points". */
export function inUnit(value: number, unit: string, isDifference = false): string {
  if (unit === "share") return `${short(100 * value)} ${isDifference ? "points" : "%"}`;
  return unit === "number" ? short(value) : `${short(value)} ${unit}`;
}

/**
 * Returns what was measured, in a sentence without a full stop: "Right results still recognised: 8 % (as many random
 * heads: 96 %; difference −88 points, 95 % interval −95 to −78, n 40)".
 */
export function measured(claim: Claim, says: string = claim.statistic): string {
  const { value, interval, n, own, controlValue, unit, control } = claim;
  if (value === undefined || interval === undefined) return says;
  const isDifference = own !== undefined && controlValue !== undefined;
  const [low, high] = interval.map((end) => inUnit(end, unit, isDifference).split(" ")[0]);
  const range = low === high ? "" : `, 95 % interval ${low} to ${high}`;
  const count = n === undefined ? "" : `, n ${n}`;
  if (!isDifference) {
    return `${says}: ${inUnit(value, unit)}${range && ` (${range.slice(2)}${count})`}`;
  }
  return `${says}: ${inUnit(own, unit)} (${control}: ${inUnit(controlValue, unit)}; difference ` +
    `${inUnit(value, unit, true)}${range}${count})`;
}

/** Three significant digits at most; the detour over nine decimals keeps 0.1 + 0.2 from reading as a long number. */
function short(value: number): string {
  const rounded = Number(value.toFixed(9));
  return Math.abs(rounded) >= 100 ? formatNumber(Math.round(rounded)) : formatNumber(rounded, 2);
}
