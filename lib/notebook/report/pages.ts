import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { infoOf, readText } from "../../checkpoint/files.ts";
import { LIVE_PAGE } from "./live_page.ts";
import { pageOf, pdfOf, type Summary, summaryIn } from "./summary.ts";

/** The pages that could be read, and complaints about pages that could not. */
export interface Pages {
  readonly summaries: readonly Summary[];
  /** The pages that lie beside a PDF file. */
  readonly printed: ReadonlySet<string>;
  /** The folders of the models that have a live page. */
  readonly live: readonly string[];
  readonly complaints: readonly string[];
}

/**
 * Returns the summaries of the pages about one model, by notebook; none if there is no such folder.
 *
 * @param folder the folder of the model.
 * @throws CircuitbookError if a page is damaged.
 */
export async function summariesOf(folder: string): Promise<Summary[]> {
  if (!await infoOf(folder)) return [];
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => name.endsWith(".html") && name !== LIVE_PAGE).sort();
  const summaries = await Promise.all(names.map((name) => summaryOfPage(join(folder, name))));
  return summaries.filter((summary) => summary !== undefined);
}

/** Returns the summary of a page; undefined if there is no such page, or if it is no report. */
async function summaryOfPage(path: string): Promise<Summary | undefined> {
  const page = await readText(path);
  return page === undefined ? undefined : summaryIn(page, path);
}

/** Returns the summaries of the pages in the folders of all models: by notebook, then by model. */
export async function readPages(names: readonly string[], reports: string): Promise<Pages> {
  const folders = (await Array.fromAsync(Deno.readDir(reports)))
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
  const summaries: Summary[] = [];
  const complaints: string[] = [];
  const printed = new Set<string>();
  for (const name of names) {
    for (const folder of folders) {
      try {
        const summary = await summaryOfPage(join(reports, folder, `${name}.html`));
        if (summary === undefined) continue;
        summaries.push(summary);
        if (await infoOf(join(reports, pdfOf(summary)))) printed.add(pageOf(summary));
      } catch (error) {
        if (!(error instanceof CircuitbookError)) throw error;
        complaints.push(error.message);
      }
    }
  }
  const hasLivePage = await Promise.all(
    folders.map(async (folder) => await infoOf(join(reports, folder, LIVE_PAGE)) !== undefined),
  );
  const live = folders.filter((_, i) => hasLivePage[i]);
  return { summaries, complaints, printed, live };
}
