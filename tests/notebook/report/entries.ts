import type { Entry, Result } from "../../../lib/notebook/report/history.ts";

/** Returns an entry of a history: a run of "01-a" on the model "m", unless it is said otherwise. */
export function entry(said: Partial<Entry> = {}): Entry {
  return {
    run: "2026-01-01T00:00:00.000Z",
    date: "2026-01-01T00:00:00.000Z",
    notebook: "01-a",
    notebookHash: "a".repeat(64),
    folder: "m",
    asked: { model: null, base: null, adapter: null, ignoreConfig: null },
    model: "m",
    hash: "b".repeat(64),
    ignored: [],
    base: null,
    device: "cpu",
    dtype: "f32",
    commit: "c".repeat(40),
    versions: { circuitbook: "0.2.0", deno: "2.9.6", onnxruntime: "1.30.0" },
    seed: 1,
    threads: null,
    seconds: 10,
    failure: null,
    claims: [],
    ...said,
  };
}

/** Returns the result of a claim: "sure", a share that replicates, unless it is said otherwise. */
export function result(said: Partial<Result> = {}): Result {
  return {
    id: "sure",
    statement: "It holds.",
    verdict: "replicates",
    value: 0.9,
    interval: [0.8, 0.95],
    n: 40,
    unit: "share",
    figure: "fig",
    ...said,
  };
}
