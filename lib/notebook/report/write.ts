import { createHash } from "node:crypto";
import { basename, dirname, join } from "deno-std/path/mod.js";
import { CircuitbookError, messageOf, nearestNames } from "../../base/errors.ts";
import { infoOf, naming, writeWhole } from "../../checkpoint/files.ts";
import type { Claim } from "../claims/claim.ts";
import { claimsIn } from "../claims/claims.ts";
import { commitOf } from "../claims/run.ts";
import type { Execution } from "../run/execute.ts";
import type { Notebook } from "../notebook_file.ts";
import { addEntry, type AskedFor, lastRunOf, readHistory } from "./history.ts";
import { indexPage } from "./index_page.ts";
import { firstParagraphOf, titleOf } from "./markdown.ts";
import { readPages } from "./pages.ts";
import { modelFolder, NO_MODEL } from "./model_folder.ts";
import { failureText, notebookPage } from "./page.ts";
import { pageOf, pdfOf, type Summary } from "./summary.ts";

/** The run that a report describes. */
export interface Run {
  /** When the whole call of `deno task report` began, in ISO 8601. */
  run: string;
  /** When this notebook began, in ISO 8601. */
  date: string;
  /** The notebook's file. */
  path: string;
  /** What the run was asked to use. */
  asked: AskedFor;
  /** With how many threads the notebook computed; null for all cores. */
  threads: number | null;
  /** How long the run took. */
  seconds: number;
}

/**
 * Writes the page of one executed notebook to `MODEL/NAME.html` in the folder of the reports, and
 * adds the run to the history.
 *
 * @param execution the executed notebook, its failure and its models.
 * @param run which run it was.
 * @param reports the folder of the reports.
 * @returns the summary of the page.
 */
export async function writeReport(
  execution: Execution,
  run: Run,
  reports: string,
): Promise<Summary> {
  const { notebook, failure } = execution;
  const claims = claimsIn(notebook);
  checkFigures(claims, notebook);
  const facts = await factsOf(execution, run, reports);
  const summary: Summary = {
    ...facts,
    ...introductionOf(notebook, facts.notebook),
    seed: claims[0]?.seed ?? null,
    failure: failure ? failureText(failure, notebook) : null,
    claims,
  };
  const pictures = await picturesOf(notebook, dirname(run.path));
  const page = notebookPage(notebook, summary, {
    failure,
    findPicture: (href) => pictures.get(href),
  });
  await Deno.mkdir(join(reports, facts.folder), { recursive: true });
  await writeWhole(join(reports, pageOf(summary)), page);
  await removeIfThere(join(reports, pdfOf(summary)));
  await addEntry(summary, reports);
  return summary;
}

/**
 * Removes a file: a PDF file of an earlier run would lie beside a page that says something else.
 */
async function removeIfThere(path: string): Promise<void> {
  if (await infoOf(path)) await naming("remove", path, () => Deno.remove(path));
}

/** Returns the facts of a run without its results. */
async function factsOf({ records, failure }: Execution, run: Run, reports: string) {
  const { path, asked } = run;
  const notebook = basename(path, ".ipynb");
  const own = records.find(({ role }) => role === "model");
  const base = records.find(({ role }) => role === "base");
  return {
    run: run.run,
    date: run.date,
    notebook,
    notebookHash: createHash("sha256").update(await Deno.readFile(path)).digest("hex"),
    folder: own
      ? modelFolder(own.asked, own.adapter)
      : failure
      ? await folderOfFailed(notebook, asked, reports)
      : NO_MODEL,
    asked,
    model: own?.name ?? null,
    hash: own?.hash ?? null,
    ignored: own?.ignored ?? [],
    base: base ? { name: base.name, hash: base.hash, ignored: base.ignored } : null,
    device: own?.device ?? null,
    dtype: own?.dtype ?? null,
    commit: own?.commit ?? await commitOf(),
    versions: own?.versions ?? null,
    threads: run.threads,
    seconds: Number(run.seconds.toPrecision(3)),
  };
}

/**
 * Returns the folder for a run that failed, perhaps before it loaded its model: the folder of the
 * model or of its last run.
 */
async function folderOfFailed(
  notebook: string,
  asked: AskedFor,
  reports: string,
): Promise<string> {
  if (asked.model !== null) return modelFolder(asked.model, asked.adapter);
  const { entries } = await readHistory(reports);
  return lastRunOf(entries, notebook, asked)?.folder ?? NO_MODEL;
}

/**
 * Writes `index.html` and `claims.json` from the pages of the named notebooks, those of earlier
 * runs and of other models included. Notebooks without a page are left out.
 *
 * @param names the notebooks, in the order of the index.
 * @param reports the folder of the reports.
 * @returns a complaint for each damaged page and each damaged line of the history; they are passed
 * over.
 * @throws CircuitbookError if two claims about one model have the same id.
 */
export async function writeIndex(names: readonly string[], reports: string): Promise<string[]> {
  const { summaries, printed, live, complaints } = await readPages(names, reports);
  const history = await readHistory(reports);
  await writeWhole(
    join(reports, "index.html"),
    indexPage({ summaries, printed, live, entries: history.entries }),
  );
  const claims = summaries.flatMap(claimsWithRun);
  await writeWhole(join(reports, "claims.json"), JSON.stringify(claims, null, 2) + "\n");
  refuseRepeats(summaries);
  return [...complaints, ...history.complaints];
}

/** Returns the claims of a page, each with the facts of its run and the place of its figure. */
function claimsWithRun({ claims, ...summary }: Summary): Record<string, unknown>[] {
  const { run, notebook, notebookHash, folder, ignored, base, device, versions, seconds } = summary;
  return claims.map((claim) =>
    withoutNulls({
      notebook,
      page: pageOf(summary),
      ...claim,
      run,
      notebookHash,
      folder,
      ignored,
      base,
      device,
      versions,
      seconds,
    })
  );
}

/** Returns a record without its fields that are null, such as `base` if a run has no base model. */
function withoutNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** @throws CircuitbookError if two claims about one model have the same id. */
function refuseRepeats(summaries: readonly Summary[]): void {
  const seen = new Set<string>();
  for (const { folder, claims } of summaries) {
    for (const { id } of claims) {
      const key = JSON.stringify([folder, id]);
      if (seen.has(key)) {
        throw new CircuitbookError(
          `Expected each claim to have its own id but found "${id}" twice; rename one.`,
        );
      }
      seen.add(key);
    }
  }
}

/** @throws CircuitbookError if a claim names a figure that is no cell of the notebook. */
function checkFigures(claims: readonly Claim[], { cells }: Notebook): void {
  const ids = cells.map(({ id }) => String(id));
  const stray = claims.find(({ figure }) => !ids.includes(figure));
  if (stray === undefined) return;
  throw new CircuitbookError(
    `Expected the figure of "${stray.id}" among the cells but found no cell with the id "${stray.figure}"; ` +
      `the nearest are ${nearestNames(stray.figure, ids).join(", ")}.`,
  );
}

function introductionOf(notebook: Notebook, name: string): { title: string; introduction: string } {
  const prose = notebook.cells.filter((cell) => cell.cell_type === "markdown").map((cell) =>
    cell.source
  ).join("\n\n");
  return { title: titleOf(prose) ?? name, introduction: firstParagraphOf(prose) ?? "" };
}

const PICTURE_TYPES: Readonly<Record<string, string>> = {
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
};

/** The pictures that prose names by a path relative to the folder of the notebook, as data URLs. */
async function picturesOf(notebook: Notebook, folder: string): Promise<Map<string, string>> {
  const pictures = new Map<string, string>();
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "markdown") continue;
    for (const [, href] of cell.source.matchAll(/!\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)) {
      const type = PICTURE_TYPES[href.split(".").at(-1)?.toLowerCase() ?? ""];
      if (!type || /^[a-z]+:/i.test(href)) continue;
      pictures.set(href, `data:${type};base64,${(await picture(folder, href)).toBase64()}`);
    }
  }
  return pictures;
}

async function picture(folder: string, href: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(join(folder, decodeURIComponent(href)));
  } catch (cause) {
    throw new CircuitbookError(
      `Expected the picture ${href} in ${folder} but could not read it: ${messageOf(cause)}`,
      { cause },
    );
  }
}
