import { z } from "zod";
import { readText } from "../../checkpoint/files.ts";

/** The environment variable that names the file in which the cells of a report leave records. */
export const RECORD_VARIABLE = "CIRCUITBOOK_RECORD";

/** The versions that a run computed with. */
export const VERSIONS = z.object({
  circuitbook: z.string(),
  deno: z.string(),
  onnxruntime: z.string(),
});

const RECORD = z.object({
  role: z.enum(["model", "base"]),
  /** The name, the Hub id or the whole path by which the model was asked for. */
  asked: z.string(),
  /** The whole path of the adapter that was merged with the weights. */
  adapter: z.string().nullable(),
  /** The attributes that were left out of the model's `config.json`. */
  ignored: z.array(z.string()),
  name: z.string(),
  hash: z.string(),
  device: z.string(),
  dtype: z.string(),
  commit: z.string(),
  versions: VERSIONS,
});

/** What the cells of a notebook say about a model that they loaded. */
export type ModelRecord = z.infer<typeof RECORD>;

/**
 * Returns the records that the cells of a report wrote to a file; an empty list if they loaded no
 * model.
 */
export async function readRecords(path: string): Promise<ModelRecord[]> {
  const lines = (await readText(path) ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line) => RECORD.parse(JSON.parse(line)));
}
