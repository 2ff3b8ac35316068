import { isDeepStrictEqual } from "node:util";
import { join } from "deno-std/path/mod.js";
import { z } from "zod";
import { readText, writeAll } from "../../checkpoint/files.ts";
import { VERDICTS } from "../claims/claim.ts";
import { VERSIONS } from "../run/record.ts";

/**
 * What `deno task report` was asked for; null for the notebook's own models, without an adapter,
 * and with whole configurations.
 */
const ASKED = z.object({
  model: z.string().nullable(),
  base: z.string().nullable(),
  adapter: z.string().nullable(),
  /** Attributes of `config.json` that are left out, with commas between them. */
  ignoreConfig: z.string().nullable().default(null),
});

/**
 * What a run of a report was asked to use: `--model`, `--base`, `--adapter` and `--ignore-config`.
 */
export type AskedFor = z.infer<typeof ASKED>;

/**
 * Attributes that were left out of a `config.json`. Reports that were written before they were kept
 * have none.
 */
const IGNORED = z.array(z.string()).default([]);

/** What is known of one run of one notebook. */
export const RUN = z.object({
  /**
   * When `deno task report` began, in ISO 8601: all notebooks of one call share it, and it names
   * the run.
   */
  run: z.string(),
  /** When this notebook began, in ISO 8601. */
  date: z.string(),
  /** The file name of the notebook without `.ipynb`. */
  notebook: z.string(),
  /** The SHA-256 of the notebook's file. */
  notebookHash: z.string(),
  /** The folder of the model's reports. */
  folder: z.string(),
  asked: ASKED,
  /** The name of the model; null for a notebook that loads none with `notebook.model`. */
  model: z.string().nullable(),
  /** The SHA-256 of the model's weights. */
  hash: z.string().nullable(),
  /** The attributes that were left out of the model's `config.json`. */
  ignored: IGNORED,
  /**
   * The base model that the notebook loaded, the SHA-256 of its weights, and what was left out of
   * its `config.json`.
   */
  base: z.object({ name: z.string(), hash: z.string(), ignored: IGNORED }).nullable(),
  device: z.string().nullable(),
  dtype: z.string().nullable(),
  commit: z.string(),
  versions: VERSIONS.nullable(),
  /** The seed of the notebook's draws; null without claims. */
  seed: z.number().nullable(),
  /** With how many threads the notebook computed; null for all cores. */
  threads: z.number().nullable().default(null),
  /** How many seconds the notebook ran. */
  seconds: z.number(),
  /** Where and how the run ended early; null for a whole run. */
  failure: z.string().nullable(),
});

/** What is known of one run of one notebook: an entry without its claims. */
export type RunFacts = z.infer<typeof RUN>;

const ENTRY = z.object({
  ...RUN.shape,
  claims: z.array(z.object({
    id: z.string(),
    statement: z.string(),
    verdict: z.enum(VERDICTS),
    value: z.number().optional(),
    interval: z.tuple([z.number(), z.number()]).optional(),
    n: z.number().optional(),
    own: z.number().optional(),
    unit: z.string(),
    figure: z.string(),
  })),
});

/** One line of the history: a run of one notebook, and the numbers of its claims. */
export type Entry = z.infer<typeof ENTRY>;

/** The result of a claim in one run. */
export type Result = Entry["claims"][number];

/** The name of the history's file in the folder of the reports. */
export const HISTORY = "runs.jsonl";

/**
 * Adds an entry to the history. The entry is one line that is written at once, so that two reports
 * may run side by side.
 *
 * @param entry the entry; properties that the history does not keep are left out.
 * @param reports the folder of the reports.
 */
export async function addEntry(entry: Entry, reports: string): Promise<void> {
  const path = join(reports, HISTORY);
  const line = `${JSON.stringify(ENTRY.parse(entry))}\n`;
  using file = await Deno.open(path, { read: true, append: true, create: true });
  await writeAll(file, new TextEncoder().encode(await endsTorn(file) ? `\n${line}` : line));
}

/** Returns whether the last line of a file has no end, because its writer was killed. */
async function endsTorn(file: Deno.FsFile): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  await file.seek(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] !== 10;
}

/**
 * Returns the last run of a notebook that was asked for the same model, or `undefined` if there is
 * none.
 */
export function lastRunOf(
  entries: readonly Entry[],
  notebook: string,
  asked: AskedFor,
): Entry | undefined {
  return entries.findLast((entry) =>
    entry.notebook === notebook && isDeepStrictEqual(entry.asked, asked)
  );
}

/** The entries of a history, oldest first, and a complaint for each line that is damaged. */
export interface History {
  readonly entries: readonly Entry[];
  readonly complaints: readonly string[];
}

/**
 * Returns the runs that a folder of reports remembers. Damaged lines are skipped, with a complaint.
 *
 * @param reports the folder of the reports.
 */
export async function readHistory(reports: string): Promise<History> {
  const path = join(reports, HISTORY);
  const entries: Entry[] = [];
  const complaints: string[] = [];
  for (const [i, line] of (await readText(path) ?? "").split("\n").entries()) {
    if (line === "") continue;
    const entry = entryOf(line);
    if (entry) entries.push(entry);
    else {
      complaints.push(
        `Expected a run in line ${
          i + 1
        } of ${path} but found a damaged line, which is passed over; delete the line.`,
      );
    }
  }
  entries.sort((a, b) => a.run < b.run ? -1 : a.run > b.run ? 1 : 0);
  return { entries, complaints };
}

function entryOf(line: string): Entry | undefined {
  try {
    return ENTRY.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
