import { fromFileUrl } from "@std/path";
import pl from "nodejs-polars";
import type { Watch } from "circuitbook";
import { parseSweepArguments } from "../../lib/commands/sweep/arguments.ts";
import { sweepToFile } from "../../lib/commands/sweep/sweep_to_file.ts";
import { writeFiles } from "../checkpoint/files.ts";

/** A small checkpoint of 2 layers of 4 heads and 96 tokens. */
export const grouped = fromFileUrl(new URL("../data/checkpoints/qwen2_grouped", import.meta.url));

/** A row of a sweep's table. */
export interface SweepRow {
  id: string | number;
  layer: number;
  head: number;
  baseline: number;
  value: number;
  effect: number;
}

/** A line of the file of prompts. */
export interface PromptLine {
  id: string | number;
  tokens: number[];
  answer: number | string;
  against: number | string;
}

/** Prompts of 3 to `longest` tokens, none twice. */
export function promptLines(count: number, longest: number): PromptLine[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `prompt ${i}`,
    tokens: Array.from(
      { length: 3 + (i * 7) % (longest - 2) },
      (_, at) => (i * 31 + at * at * 17 + at * 5) % 96,
    ),
    answer: (i * 13) % 96,
    against: (i * 13 + 40) % 96,
  }));
}

/**
 * Writes `prompts.jsonl` into a folder and returns the flags of a sweep of it on the small
 * checkpoint.
 */
export async function flagsFor(folder: string, lines: readonly unknown[]): Promise<string[]> {
  await writeFiles(folder, {
    "prompts.jsonl": lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  return ["--model", grouped, "--prompts", `${folder}/prompts.jsonl`, "--device", "cpu"];
}

/** Sweeps in this process, and returns what the command would say. */
export async function sweep(flags: readonly string[], watch: Watch = {}): Promise<string[]> {
  const said: string[] = [];
  await sweepToFile(parseSweepArguments(flags)!, (line) => said.push(line), {
    onProgress: () => {},
    ...watch,
  });
  return said;
}

/** A watch that stops a sweep once this many runs are done. */
export function stoppedAfter(runs: number): Watch {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    onProgress: (event) => event && event.done >= runs && stop.abort(),
  };
}

/** The rows of a table that a sweep has written. */
export function rowsOf(path: string): SweepRow[] {
  const table = path.endsWith(".csv") ? pl.readCSV(path) : pl.readParquet(path);
  return table.toRecords() as unknown as SweepRow[];
}

/** The names of the files in a folder. */
export function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
