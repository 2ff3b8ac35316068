import type { Entry, Result, RunFacts } from "./history.ts";

/** A claim in two runs of one notebook on one model. */
export interface ClaimChange {
  readonly entry: Entry;
  readonly before: Result;
  readonly after: Result;
}

/** What differs between two runs of one notebook on one model. */
export interface NotebookChanges {
  /** The last run before the new run. */
  readonly before: Entry;
  readonly after: Entry;
  /**
   * The earlier run whose claims, conditions and run time are compared with the new run: the last
   * run that came to its end, because a run that stopped has measured only some of its claims. If
   * all earlier runs stopped, this is the last of them.
   */
  readonly measured: Entry;
  /** Claims whose verdict changed. */
  readonly turned: readonly ClaimChange[];
  /** Claims with the same verdict whose value lies outside of the earlier interval. */
  readonly beyond: readonly ClaimChange[];
  readonly added: readonly Result[];
  readonly gone: readonly Result[];
  /** The conditions that differ between the two runs: "weights of the model", "commit". */
  readonly conditions: readonly Condition[];
}

/** A condition of a run that changed since the earlier run. */
export interface Condition {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** What has changed since a run. */
export interface Changes {
  /** The runs that are compared with earlier runs, oldest first. */
  readonly runs: readonly string[];
  /** The runs before them, oldest first. */
  readonly earlier: readonly string[];
  /** Notebooks that ran before and since, on one model. */
  readonly notebooks: readonly NotebookChanges[];
  /** Runs of a notebook on a model that had none before. */
  readonly first: readonly Entry[];
}

/**
 * Returns what has changed between the newest results before some run and the newest results of
 * all.
 *
 * @param entries the history, oldest first.
 * @param isEarlier returns whether a run, given by its date in ISO 8601, belongs to the earlier
 * runs.
 */
export function changesSince(
  entries: readonly Entry[],
  isEarlier: (run: string) => boolean,
): Changes {
  const since = entries.filter(({ run }) => !isEarlier(run));
  const earlier = entries.filter(({ run }) => isEarlier(run));
  const before = newest(earlier);
  const measured = newest(earlier.filter(({ failure }) => failure === null));
  const after = [...newest(since).values()];
  const known = (entry: Entry) => before.get(keyOf(entry));
  return {
    runs: runsOf(since),
    earlier: runsOf(earlier),
    notebooks: after.flatMap((entry) => {
      const last = known(entry);
      if (last === undefined) return [];
      return [notebookChanges(last, measured.get(keyOf(entry)) ?? last, entry)];
    }).sort((a, b) => a.after.notebook < b.after.notebook ? -1 : 1),
    first: after.filter((entry) => known(entry) === undefined),
  };
}

/** Returns what has changed with the last run. */
export function lastChanges(entries: readonly Entry[]): Changes {
  const last = entries.at(-1)?.run ?? "";
  return changesSince(entries, (run) => run < last);
}

/** Returns the dates of the runs of some entries, each once, in order. */
export function runsOf(entries: readonly Entry[]): string[] {
  return [...new Set(entries.map(({ run }) => run))];
}

/** Returns the earlier results of a claim on one model, oldest first. */
export function resultsOf(
  entries: readonly Entry[],
  page: Pick<RunFacts, "folder" | "notebook">,
  id: string,
): { run: string; result: Result }[] {
  return entries.filter((entry) => keyOf(entry) === keyOf(page)).flatMap(({ run, claims }) => {
    const result = claims.find((claim) => claim.id === id);
    return result === undefined ? [] : [{ run, result }];
  });
}

/** Returns the newest entry of each notebook and model. */
function newest(entries: readonly Entry[]): Map<string, Entry> {
  return new Map(entries.map((entry) => [keyOf(entry), entry]));
}

function keyOf({ folder, notebook }: Pick<RunFacts, "folder" | "notebook">): string {
  return JSON.stringify([folder, notebook]);
}

function notebookChanges(before: Entry, measured: Entry, after: Entry): NotebookChanges {
  const both = after.claims.flatMap((claim) => {
    const earlier = measured.claims.find(({ id }) => id === claim.id);
    return earlier === undefined ? [] : [{ entry: after, before: earlier, after: claim }];
  });
  const turned = both.filter(({ before, after }) => before.verdict !== after.verdict);
  return {
    before,
    after,
    measured,
    turned,
    beyond: both.filter((change) => !turned.includes(change) && isBeyond(change)),
    added: lacking(after.claims, measured.claims),
    // A run that stopped may not have reached all claims, so claims that it lacks are not gone.
    gone: after.failure === null ? lacking(measured.claims, after.claims) : [],
    conditions: conditionsOf(measured, after),
  };
}

/** Returns the claims that another run does not have. */
function lacking(claims: readonly Result[], other: readonly Result[]): Result[] {
  return claims.filter(({ id }) => other.every((claim) => claim.id !== id));
}

/** Returns whether the new value lies outside of the interval that the earlier run gave. */
function isBeyond({ before: { interval }, after: { value } }: ClaimChange): boolean {
  return interval !== undefined && value !== undefined &&
    (value < interval[0] || value > interval[1]);
}

const NONE = "none";

/** What may differ between two runs, and how a reader sees it. */
const CONDITIONS: readonly [what: string, of: (entry: Entry) => string][] = [
  ["weights of the model", ({ hash }) => hash ?? NONE],
  ["base", ({ base }) => base ? `${base.name} ${base.hash}` : NONE],
  ["ignored attributes of the model", ({ ignored }) => ignored.join(", ") || NONE],
  ["ignored attributes of the base", ({ base }) => base?.ignored.join(", ") || NONE],
  ["notebook", ({ notebookHash }) => notebookHash],
  ["commit", ({ commit }) => commit],
  ["device", ({ device }) => device ?? NONE],
  ["dtype", ({ dtype }) => dtype ?? NONE],
  ["threads", ({ threads }) => String(threads ?? "all cores")],
  ["seed", ({ seed }) => String(seed ?? NONE)],
  ["Circuitbook", ({ versions }) => versions?.circuitbook ?? NONE],
  ["Deno", ({ versions }) => versions?.deno ?? NONE],
  ["ONNX Runtime", ({ versions }) => versions?.onnxruntime ?? NONE],
];

/**
 * Returns what differs between two runs. A run that stopped before its model was loaded says
 * nothing of the model.
 */
function conditionsOf(before: Entry, after: Entry): Condition[] {
  return CONDITIONS.flatMap(([what, of]) => {
    const [old, now] = [of(before), of(after)];
    const isUnknown = [old, now].includes(NONE) && [before, after].some(({ failure }) => failure);
    return old === now || isUnknown ? [] : [{ what, before: old, after: now }];
  });
}
