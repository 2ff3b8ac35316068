import { type AskedFor, type Entry, lastRunOf } from "./history.ts";
import { measuredTime } from "../../base/formats.ts";

/**
 * Returns the expected time of a report, in a sentence or two: the time that the last complete runs
 * of its notebooks took with the same model. A notebook without such a run prints its own estimate
 * after one forward pass. With several jobs, the expected time is the sum divided by the number of
 * jobs, and at least the time of the longest notebook.
 *
 * @param notebooks the notebooks that will run, each with the history of its reports.
 * @param asked the model, the base and the adapter that they will use.
 * @param jobs how many notebooks run side by side.
 */
export function expectation(
  notebooks: readonly { name: string; entries: readonly Entry[] }[],
  asked: AskedFor,
  jobs: number,
): string {
  const last = notebooks.map(({ name, entries }) => {
    const whole = entries.filter(({ failure }) => failure === null);
    return { name, seconds: lastRunOf(whole, name, asked)?.seconds };
  });
  const known = last.filter(({ seconds }) => seconds !== undefined);
  const fresh = last.filter(({ seconds }) => seconds === undefined).map(({ name }) => name);
  const times = known.map(({ seconds }) => seconds!);
  const total = Math.max(...times, times.reduce((a, b) => a + b, 0) / jobs);
  const parts = known.map(({ name, seconds }) => `${name} ${measuredTime(seconds!)}`);
  const which = parts.length > 1 ? ` (${parts.join(", ")})` : "";
  const together = jobs > 1 && `${jobs} notebooks run side by side.`;
  return [
    known.length > 0 && `Expected: ${measuredTime(total)}, as the last time${which}.`,
    fresh.length > 0 &&
    `${
      fresh.join(", ")
    }: not run with this model yet; a notebook says what it expects after its first forward pass.`,
    together,
  ].filter(Boolean).join(" ");
}
