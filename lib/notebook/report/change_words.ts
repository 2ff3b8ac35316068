import { inUnit } from "../claims/words.ts";
import type { Changes, ClaimChange, NotebookChanges } from "./changes.ts";
import type { Entry, Result } from "./history.ts";
import { measuredTime, minuteOf } from "../../base/formats.ts";
import { firstDigits } from "./run_words.ts";
import { linkTo } from "./summary.ts";

/** Changes of one kind, in words. */
export interface ChangeList {
  readonly title: string;
  readonly items: readonly ChangeItem[];
}

/** One change in words. */
export interface ChangeItem {
  readonly text: string;
  /** Where the figure or the page is, from the folder of the reports. */
  readonly link?: string;
}

/** A run takes longer or shorter if its time differs by this share and by this many seconds. */
const NOTABLE_SHARE = 0.2;
const NOTABLE_SECONDS = 2;

/**
 * Returns what has changed in words, for the index and for the terminal: first claims that turned,
 * then values beyond their earlier interval, claims that came or went, runs that stopped, run
 * times, and what differed between the runs.
 */
export function changeLists({ notebooks, first }: Changes): ChangeList[] {
  const lists = [
    {
      title: "Claims that turned",
      items: notebooks.flatMap(({ turned }) => turned.map(claimItem)),
    },
    {
      title: "Values beyond their earlier interval",
      items: notebooks.flatMap(({ beyond }) => beyond.map(claimItem)),
    },
    { title: "New claims", items: notebooks.flatMap(({ after, added }) => added.map(on(after))) },
    {
      title: "Claims that are gone",
      items: notebooks.flatMap(({ measured, gone }) =>
        gone.map((claim) => ({ text: on(measured)(claim).text }))
      ),
    },
    { title: "Runs that stopped, or run whole again", items: notebooks.flatMap(stops) },
    { title: "Run times", items: runTimes(notebooks) },
    { title: "What differed between the runs", items: conditionItems(notebooks) },
    {
      title: "First runs with a model",
      items: first.map((entry) => ({
        text: `${placeOf(entry)}: ${measuredTime(entry.seconds)}${
          entry.failure === null ? "" : `, stopped: ${entry.failure}`
        }`,
        link: linkTo(entry),
      })),
    },
  ];
  return lists.filter(({ items }) => items.length > 0);
}

/** Returns which runs are compared, in a sentence. */
export function comparison({ runs, earlier }: Changes): string {
  const of = (list: readonly string[]) => list.length > 0 ? minuteOf(list.at(-1)!) : "none";
  if (runs.length === 0) return `Nothing was run since ${of(earlier)}.`;
  if (earlier.length === 0) return `The run of ${of(runs)} is the first.`;
  const now = runs.length === 1
    ? `The run of ${of(runs)}`
    : `${runs.length} runs up to ${of(runs)}`;
  return `${now} against what was there on ${of(earlier)}.`;
}

/** Returns the changes as lines for a terminal. */
export function changesText(changes: Changes): string[] {
  const lists = changeLists(changes).flatMap(({ title, items }) => [
    "",
    title,
    ...items.map(({ text }) => `  ${text}`),
  ]);
  return [comparison(changes), ...lists];
}

/** Returns the number of a claim with its interval: "97 % (95 to 98)". */
export function resultInWords({ value, interval, unit, own }: Result): string {
  if (value === undefined) return "no number";
  const isDifference = own !== undefined;
  const said = inUnit(value, unit, isDifference);
  if (interval === undefined || interval[0] === interval[1]) return said;
  const [low, high] = interval.map((end) => inUnit(end, unit, isDifference).split(" ")[0]);
  return `${said} (${low} to ${high})`;
}

function claimItem({ entry, before, after }: ClaimChange): ChangeItem {
  const verdict = before.verdict === after.verdict
    ? after.verdict
    : `${before.verdict} → ${after.verdict}`;
  const numbers = `${resultInWords(before)} → ${resultInWords(after)}`;
  return {
    text: `${placeOf(entry)}, ${after.id}: ${verdict}, ${numbers}. ${after.statement}`,
    link: linkTo(entry, after.figure),
  };
}

/** Returns the words for a claim of one run alone. */
function on(entry: Entry): (claim: Result) => ChangeItem {
  return (claim) => ({
    text: `${placeOf(entry)}, ${claim.id}: ${claim.verdict}, ${
      resultInWords(claim)
    }. ${claim.statement}`,
    link: linkTo(entry, claim.figure),
  });
}

function stops({ before, after }: NotebookChanges): ChangeItem[] {
  if (after.failure !== null) {
    const again = before.failure === null ? "stopped" : "stopped again";
    return [{ text: `${placeOf(after)} ${again}: ${after.failure}`, link: linkTo(after) }];
  }
  if (before.failure === null) return [];
  return [{ text: `${placeOf(after)} runs to its end again.`, link: linkTo(after) }];
}

/**
 * Returns the run times that differ notably, and of the others how many there are. Only runs with
 * equally many threads are compared.
 */
function runTimes(notebooks: readonly NotebookChanges[]): ChangeItem[] {
  const ended = notebooks.filter(({ measured, after }) =>
    measured.failure === null && after.failure === null
  );
  const whole = ended.filter(({ measured, after }) => measured.threads === after.threads);
  const apart = ended.length - whole.length;
  const notable = whole.filter(({ measured, after }) => {
    const difference = Math.abs(after.seconds - measured.seconds);
    return difference > NOTABLE_SHARE * measured.seconds && difference > NOTABLE_SECONDS;
  });
  const items: ChangeItem[] = notable.map(({ measured, after }) => ({
    text: `${placeOf(after)}: ${measuredTime(measured.seconds)} → ${measuredTime(after.seconds)}`,
    link: linkTo(after),
  }));
  if (apart > 0) items.push({ text: `${apart} not compared: another number of threads.` });
  const others = whole.length - notable.length;
  if (others === 0) return items;
  const which = items.length === 0 ? "All" : `${others} other`;
  return [...items, { text: `${which} within ${100 * NOTABLE_SHARE} % of before.` }];
}

/** Returns the conditions that differed, each once, with the notebooks that it concerns. */
function conditionItems(notebooks: readonly NotebookChanges[]): ChangeItem[] {
  const all = notebooks.flatMap(({ after, conditions }) =>
    conditions.map(({ what, before, after: now }) => ({
      text: `${what}: ${cut(before)} → ${cut(now)}`,
      entry: after,
    }))
  );
  return [...Map.groupBy(all, ({ text }) => text)].map(([text, list]) => ({
    text: `${text} (${
      list.length === notebooks.length && list.length > 1
        ? "all"
        : list.map(({ entry }) => placeOf(entry)).join(", ")
    })`,
  }));
}

/** Returns a condition in which each hash has eight digits. */
function cut(condition: string): string {
  return condition.split(" ").map(firstDigits).join(" ");
}

function placeOf({ folder, notebook }: Entry): string {
  return `${folder}/${notebook}`;
}
