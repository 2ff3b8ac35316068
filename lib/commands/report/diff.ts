import { join } from "deno-std/path/mod.js";
import { changesText } from "../../notebook/report/change_words.ts";
import { changesSince, runsOf } from "../../notebook/report/changes.ts";
import { HISTORY, readHistory } from "../../notebook/report/history.ts";
import { minuteOf } from "../../base/formats.ts";
import { CommandError, say, tell } from "../repository.ts";

/** How many runs the message for an unknown run names. */
const NAMED = 5;

/**
 * Prints what has changed since a run, in the words of the index of the reports.
 *
 * @param asked the run's date in ISO 8601, or the beginning of the date. If several runs match, the
 * last one is taken.
 * @param reports the folder of the reports.
 * @throws CommandError if there is no such run.
 */
export async function printChanges(asked: string, reports: string): Promise<void> {
  const { entries, complaints } = await readHistory(reports);
  for (const complaint of complaints) tell(complaint);
  const runs = runsOf(entries);
  const run = runs.findLast((run) => run.startsWith(asked) || minuteOf(run).startsWith(asked));
  if (run === undefined) {
    throw new CommandError(
      `Expected the date of a run in ${
        join(reports, HISTORY)
      } but found "${asked}"; the last runs are ${runs.slice(-NAMED).join(", ") || "none"}.`,
    );
  }
  for (const line of changesText(changesSince(entries, (other) => other <= run))) say(line);
}
