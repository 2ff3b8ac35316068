import { join } from "deno-std/path/mod.js";
import type { Model } from "../model/model.ts";
import { LIVE_PAGE, REPORTS_VARIABLE } from "../notebook/report/live_page.ts";
import { modelFolder } from "../notebook/report/model_folder.ts";
import { readRecords, RECORD_VARIABLE } from "../notebook/run/record.ts";

/** The place of a live page. */
export interface Place {
  /** The whole path of the page. */
  readonly path: string;
  /** The address of the page, as seen from the page of the notebook. */
  readonly href: string;
  /** Whether a report is being written. */
  readonly inReport: boolean;
}

/**
 * Returns where the live page of a model belongs: in a report, beside the pages of the model;
 * otherwise beside the notebook.
 *
 * @param model the model.
 */
export async function placeOf(model: Model): Promise<Place> {
  const reports = Deno.env.get(REPORTS_VARIABLE);
  if (!reports) {
    const name = `live-${modelFolder(model.name).replace(/[^\w.+-]+/g, "-")}.html`;
    return { path: join(Deno.cwd(), name), href: name, inReport: false };
  }
  const folder = join(reports, await reportFolder(model));
  await Deno.mkdir(folder, { recursive: true });
  return { path: join(folder, LIVE_PAGE), href: LIVE_PAGE, inReport: true };
}

/** Returns the name of the folder of a model's reports. */
async function reportFolder(model: Model): Promise<string> {
  const hash = await model.checkpoint.hash();
  const records = await readRecords(Deno.env.get(RECORD_VARIABLE) ?? "");
  const own = records.find((record) => record.role === "model" && record.hash === hash);
  return own ? modelFolder(own.asked, own.adapter) : modelFolder(model.name);
}
