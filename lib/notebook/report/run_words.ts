import { escape } from "deno-std/html/mod.js";
import type { RunFacts } from "./history.ts";

/** Returns a hash or commit cut to eight digits as HTML, with the whole under the pointer. */
export function shortHash(whole: string): string {
  return `<code title="${escape(whole)}">${escape(shortened(whole))}</code>`;
}

/** Returns a hash or commit with eight digits; what follows the digits, such as `-dirty`, stays. */
export function shortened(whole: string): string {
  return whole.replace(/^([0-9a-f]{8})[0-9a-f]{24,}/, "$1");
}

/** Returns a number of seconds in words: "8.3 s", "41 s", "3 min 20 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** Returns a date in ISO 8601 to the minute: "2026-11-30 01:12 UTC". */
export function minuteOf(date: string): string {
  return `${date.slice(0, 16).replace("T", " ")} UTC`;
}

/** Returns which model a run used, on what, and when, as HTML. */
export function runInWords(facts: RunFacts): string {
  const { model, hash, base, device, dtype, commit, date, seed, notebookHash, versions } = facts;
  return [
    model === null ? "no model" : `model ${escape(model)}`,
    hash && `weights ${shortHash(hash)}`,
    base && `base ${escape(base.name)} ${shortHash(base.hash)}`,
    device && `on ${escape(device)} in ${escape(dtype!)}`,
    seed !== null && `seed ${seed}`,
    `commit ${shortHash(commit)}`,
    `notebook ${shortHash(notebookHash)}`,
    versions && `Circuitbook ${escape(versions.circuitbook)}, Deno ${escape(versions.deno)}, ` +
      `ONNX Runtime ${escape(versions.onnxruntime)}`,
    escape(minuteOf(date)),
  ].filter(Boolean).join(" · ");
}
