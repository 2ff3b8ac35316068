/**
 * `deno task report [names or files…] [--model …] [--adapter …] [--base …] [--ignore-config …]
 * [--jobs N]`: runs notebooks and writes `reports/`. `deno task report --diff RUN`: prints what has
 * changed since a run.
 */
import { messageOf } from "../base/errors.ts";
import { pooledMap } from "deno-std/async/pool.js";
import { basename, dirname, join, resolve } from "deno-std/path/mod.js";
import { THREADS_VARIABLE } from "../model/engine/threads.ts";
import { executeNotebook } from "../notebook/run/execute.ts";
import { countsInWords } from "../notebook/claims/claim.ts";
import { findBrowser, printPdf } from "../notebook/report/pdf.ts";
import { measuredTime } from "../base/formats.ts";
import { naming } from "../checkpoint/files.ts";
import { REPORTS_VARIABLE } from "../notebook/report/live_page.ts";
import { pageOf, pdfOf } from "../notebook/report/summary.ts";
import { writeIndex, writeReport } from "../notebook/report/write.ts";
import { asksForHelp } from "./flags.ts";
import { endWithTask } from "./parent.ts";
import { expectation } from "../notebook/report/expected.ts";
import { type AskedFor, readHistory } from "../notebook/report/history.ts";
import { type Chosen, notebookNames, readArguments, USAGE } from "./report/arguments.ts";
import { printChanges } from "./report/diff.ts";
import { sideBySide } from "./report/side_by_side.ts";
import { ReportTicker } from "./report/ticker.ts";
import { CommandError, jupyterVariables, PYTHON, runCommand, say, tell } from "./repository.ts";

await runCommand(async () => {
  endWithTask();
  if (asksForHelp(Deno.args)) return say(USAGE);
  const args = await readArguments(Deno.args);
  const { chosen, diff, jobs: _jobs, pdf, ...asked } = args;
  if (diff !== null) return await printChanges(diff.run, diff.reports);
  const browser = pdf ? await browserOrComplaint() : undefined;
  const run = new Date().toISOString();
  const { jobs, threads } = sideBySide(args);
  say(expectation(await historiesOf(chosen), asked, jobs));
  using ticker = new ReportTicker();
  const circumstances = { run, browser, threads, ticker };
  const outcomes: (string | undefined)[] = await Array.fromAsync(
    pooledMap(jobs, chosen, (each: Chosen) => report(each, asked, circumstances)),
  );
  for (const [reports, notebooks] of Map.groupBy(chosen, ({ reports }) => reports)) {
    const folders = [...new Set(notebooks.map(({ path }) => dirname(path)))];
    const names = (await Promise.all(folders.map(notebookNames))).flat();
    for (const complaint of await writeIndex(names, reports)) tell(complaint);
    say(`wrote ${join(reports, "index.html")}`);
  }
  const failures = outcomes.filter((failure) => failure !== undefined);
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
});

/** Returns the notebooks by name, each with the history of its reports. */
function historiesOf(chosen: readonly Chosen[]) {
  return Promise.all(chosen.map(async ({ path, reports }) => ({
    name: basename(path, ".ipynb"),
    entries: (await readHistory(reports)).entries,
  })));
}

/** What all notebooks of one call have in common, besides their models. */
interface Circumstances {
  /** When the call began, in ISO 8601. */
  readonly run: string;
  /** The browser that prints pages; undefined to print none. */
  readonly browser: string | undefined;
  /** The number of threads of each notebook; undefined for all cores. */
  readonly threads: number | undefined;
  readonly ticker: ReportTicker;
}

/** Runs one notebook and writes its page. Returns what went wrong, or `undefined`. */
async function report(
  { path, reports }: Chosen,
  asked: AskedFor,
  { run, browser, threads, ticker }: Circumstances,
): Promise<string | undefined> {
  const name = basename(path, ".ipynb");
  const date = new Date().toISOString();
  const began = performance.now();
  const progress = ticker.begin(name);
  try {
    await naming("make the folder", reports, () => Deno.mkdir(reports, { recursive: true }));
    const execution = await executeNotebook(path, {
      python: PYTHON,
      variables: {
        ...jupyterVariables(),
        ...variablesOf(asked),
        ...threadsOf(threads),
        [REPORTS_VARIABLE]: resolve(reports),
      },
      onEvent: progress.hear,
    });
    const seconds = (performance.now() - began) / 1000;
    const summary = await writeReport(
      execution,
      { run, date, path, asked, seconds, threads: threads ?? null },
      reports,
    );
    const { failure, claims } = summary;
    if (asked.model !== null && summary.model === null && failure === null) {
      ticker.complain(
        `Expected ${path} to load ${asked.model} but found that it calls notebook.model nowhere, so ` +
          `--model had no effect; write: const model = await cb.notebook.model("…")`,
      );
    }
    if (browser !== undefined) {
      await printPdf(browser, join(reports, pageOf(summary)), join(reports, pdfOf(summary)));
    }
    progress.end(
      [measuredTime(seconds), countsInWords(claims), failure && "stopped"].filter(Boolean).join(
        ", ",
      ),
    );
    return failure === null ? undefined : `${path}, ${failure}`;
  } catch (error) {
    progress.end("failed");
    return `${path}: ${messageOf(error)}`;
  }
}

/**
 * Returns the path of the browser that prints pages. Prints a message if no browser is installed.
 */
async function browserOrComplaint(): Promise<string | undefined> {
  const browser = await findBrowser();
  if (browser === undefined) {
    tell(
      "Expected Chromium or Chrome for --pdf but found neither; the pages are written without PDF files. Install " +
        "Chromium, or open a page in any browser and print it.",
    );
  }
  return browser;
}

/** Returns the environment variable that tells a kernel its threads. */
function threadsOf(threads: number | undefined): Record<string, string> {
  return threads === undefined ? {} : { [THREADS_VARIABLE]: `${threads}` };
}

/** Returns the environment variables that tell a notebook which models to load. */
function variablesOf(
  { model, adapter, base, ignoreConfig }: AskedFor,
): Record<string, string> {
  return {
    ...model === null ? {} : { CIRCUITBOOK_MODEL: model },
    ...adapter === null ? {} : { CIRCUITBOOK_ADAPTER: adapter },
    ...ignoreConfig === null ? {} : { CIRCUITBOOK_IGNORE_CONFIG: ignoreConfig },
    ...base === null ? {} : { CIRCUITBOOK_BASE: base },
  };
}
