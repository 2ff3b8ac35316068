import { escape } from "deno-std/html/mod.js";
import { minuteOf } from "../../base/formats.ts";
import type { RunFacts } from "./history.ts";

/** Returns a hash or commit cut to eight digits as HTML, with the whole under the pointer. */
export function shortHash(whole: string): string {
  return `<code title="${escape(whole)}">${escape(firstDigits(whole))}</code>`;
}

/** Returns a hash or commit cut to its first eight digits. A suffix such as `-dirty` is kept. */
export function firstDigits(whole: string): string {
  return whole.replace(/^([0-9a-f]{8})[0-9a-f]{24,}/, "$1");
}

/** Returns the model, the device and the date of a run, as HTML. */
export function runInWords(facts: RunFacts): string {
  const { model, hash, ignored, base, device, dtype, commit, date, seed, notebookHash, versions } =
    facts;
  return [
    model === null ? "no model" : `model ${escape(model)}`,
    hash && `weights ${shortHash(hash)}`,
    without(ignored),
    base && `base ${escape(base.name)} ${shortHash(base.hash)}`,
    base && without(base.ignored),
    device && `on ${escape(device)} in ${escape(dtype!)}`,
    seed !== null && `seed ${seed}`,
    `commit ${shortHash(commit)}`,
    `notebook ${shortHash(notebookHash)}`,
    versions && `Circuitbook ${escape(versions.circuitbook)}, Deno ${escape(versions.deno)}, ` +
      `ONNX Runtime ${escape(versions.onnxruntime)}`,
    escape(minuteOf(date)),
  ].filter(Boolean).join(" · ");
}

/** Returns which attributes of a `config.json` were ignored, as HTML; empty if none were. */
function without(ignored: readonly string[]): string {
  if (ignored.length === 0) return "";
  return `<code>config.json</code> without ${ignored.map(escape).join(", ")}`;
}
