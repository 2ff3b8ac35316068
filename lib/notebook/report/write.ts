import { join } from "deno-std/path/mod.js";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { readText, writeWhole } from "../../checkpoint/files.ts";
import type { Claim } from "../claims/claim.ts";
import { claimsIn } from "../claims/claims.ts";
import type { Execution } from "../run/execute.ts";
import type { Notebook } from "../notebook_file.ts";
import { indexPage } from "./index_page.ts";
import { firstParagraphOf, titleOf } from "./markdown.ts";
import { failureText, notebookPage } from "./page.ts";
import { type Summary, summaryIn } from "./summary.ts";

/** The run that a report describes. */
export interface Run {
  /** The file name of the notebook without `.ipynb`. */
  name: string;
  /** The folder that the notebook is in. */
  folder: string;
  /** The model that the run was asked to use; `null` for the notebook's own. */
  model: string | null;
  /** How long the run took. */
  seconds: number;
}

/**
 * Writes the page of one executed notebook to `reports/NAME.html`.
 *
 * @param execution the executed notebook and its failure.
 * @param run which run it was.
 * @param reports the folder of the reports.
 * @returns the summary of the page.
 */
export async function writeReport(
  { notebook, failure }: Execution,
  run: Run,
  reports: string,
): Promise<Summary> {
  const summary: Summary = {
    notebook: run.name,
    ...introductionOf(notebook, run.name),
    model: run.model,
    seconds: Number(run.seconds.toPrecision(2)),
    failure: failure ? failureText(failure, notebook) : null,
    claims: claimsIn(notebook),
  };
  checkFigures(summary.claims, notebook);
  const pictures = await picturesOf(notebook, run.folder);
  const page = notebookPage(notebook, summary, {
    failure,
    findPicture: (href) => pictures.get(href),
  });
  await writeWhole(join(reports, `${run.name}.html`), page);
  return summary;
}

/**
 * Writes `index.html` and `claims.json` from the pages of the named notebooks, those of earlier runs included.
 * Notebooks without a page are left out.
 *
 * @param names the notebooks, in the order of the index.
 * @param reports the folder of the reports.
 * @returns a complaint for each damaged page, which is left out as well.
 * @throws CircuitbookError if two claims have the same id.
 */
export async function writeIndex(names: readonly string[], reports: string): Promise<string[]> {
  const summaries: Summary[] = [];
  const complaints: string[] = [];
  for (const name of names) {
    try {
      const path = join(reports, `${name}.html`);
      const page = await readText(path);
      const summary = page === undefined ? undefined : summaryIn(page, path);
      if (summary) summaries.push(summary);
    } catch (error) {
      if (!(error instanceof CircuitbookError)) throw error;
      complaints.push(error.message);
    }
  }
  const claims = summaries.flatMap(({ notebook, claims }) =>
    claims.map((claim) => ({ notebook, ...claim }))
  );
  await writeWhole(join(reports, "index.html"), indexPage(summaries));
  await writeWhole(join(reports, "claims.json"), JSON.stringify(claims, null, 2) + "\n");
  const repeated = claims.find(({ id }, i) => claims.findIndex((other) => other.id === id) !== i);
  if (repeated) {
    throw new CircuitbookError(
      `Expected each claim to have its own id but found "${repeated.id}" twice; rename one.`,
    );
  }
  return complaints;
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
      `Expected the picture ${href} in ${folder} but could not read it: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}
