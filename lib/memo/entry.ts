import { createHash } from "node:crypto";
import { join } from "deno-std/path/mod.js";
import { z } from "zod";
import { Tensor, type TensorData } from "../base/tensor.ts";
import { infoOf, readJson, writeWhole } from "../checkpoint/files.ts";
import { readSafetensorsHeader } from "../checkpoint/safetensors/header.ts";
import { writeSafetensors } from "../checkpoint/safetensors/write.ts";
import { type Packed, unpack } from "./pack.ts";
import { parquetOf, tableIn } from "./tables.ts";

const MANIFEST = "entry.json";
const TENSORS = "tensors.safetensors";

/** The parts that decide whether a kept result is still valid, each as a SHA-256. */
const PARTS = z.object({
  /** The code of the library. */
  library: z.string(),
  /** The code of the function that computes. */
  code: z.string(),
  /** The inputs, by name. */
  inputs: z.record(z.string(), z.string()),
});

/** The parts that decide whether a kept result is still valid. */
export type Parts = z.infer<typeof PARTS>;

const CONTENT = z.object({
  parts: PARTS,
  /** When the result was computed, in ISO 8601. */
  date: z.string(),
  /** How many seconds that took. */
  seconds: z.number(),
  tree: z.unknown(),
  /** The axes of the tensors, by their number. */
  axes: z.array(z.record(z.string(), z.number())),
  /** How many tables stand beside the manifest. */
  tables: z.number(),
  /** The SHA-256 of each file beside the manifest. */
  files: z.record(z.string(), z.string()),
});

/** The content of the manifest of a kept result. */
type Content = z.infer<typeof CONTENT>;

/** The facts about a kept result. */
export interface Facts {
  readonly parts: Parts;
  /** When the result was computed, in ISO 8601. */
  readonly date: string;
  /** How many seconds that took. */
  readonly seconds: number;
}

/** A kept result with its facts. */
export interface Entry extends Facts {
  readonly value: unknown;
}

/** Returns the name of the folder of a result: a digest of what decides the result. */
export function keyOf({ library, code, inputs }: Parts): string {
  const sorted = Object.entries(inputs).sort(([a], [b]) => a < b ? -1 : 1);
  return sha256(JSON.stringify([library, code, sorted])).slice(0, 32);
}

/**
 * Returns the result in a folder, or `undefined` if there is none.
 *
 * @throws Error if a file is missing, cut off or changed.
 */
export async function readEntry(folder: string): Promise<Entry | undefined> {
  const content = await readManifest(folder);
  if (content === undefined) return undefined;
  for (const [name, hash] of Object.entries(content.files)) {
    if (sha256(await Deno.readFile(join(folder, name))) !== hash) {
      throw new Error(`${name} is not as it was written`);
    }
  }
  const { parts, date, seconds, tree, axes } = content;
  const tables: Packed["tables"] = await Promise.all(
    Array.from(
      { length: content.tables },
      async (_, i) => tableIn(await Deno.readFile(join(folder, tableFile(i)))),
    ),
  );
  const tensors = axes.length === 0 ? [] : await readTensors(join(folder, TENSORS), axes);
  return { value: unpack({ tree, tensors, tables }), parts, date, seconds };
}

/**
 * Returns the content of the manifest in a folder, or `undefined` if there is no such folder.
 *
 * @throws Error if the manifest is damaged.
 */
export async function readManifest(folder: string): Promise<Content | undefined> {
  if (!await infoOf(folder)) return undefined;
  const manifest = await readJson(join(folder, MANIFEST)) ?? {};
  const { digest, content } = manifest as Record<string, unknown>;
  if (typeof content !== "string" || sha256(content) !== digest) {
    throw new Error(`${MANIFEST} is not as it was written`);
  }
  return CONTENT.parse(JSON.parse(content));
}

/**
 * Writes a result to a new folder and renames the folder, so that a reader sees a whole result or
 * none.
 *
 * @param folder the folder of the result. Whatever is there is replaced, except by a second process
 * that was faster.
 * @param packed the result.
 * @param facts the facts of the result.
 */
export async function writeEntry(folder: string, packed: Packed, facts: Facts): Promise<void> {
  const aside = `${folder}.${crypto.randomUUID()}.partial`;
  await Deno.mkdir(aside, { recursive: true });
  try {
    await fill(aside, packed, facts);
    await replace(aside, folder);
  } finally {
    if (await infoOf(aside)) await Deno.remove(aside, { recursive: true });
  }
}

async function fill(
  folder: string,
  { tree, tensors, tables }: Packed,
  facts: Facts,
): Promise<void> {
  const names = tables.map((_, i) => tableFile(i));
  for (const [i, table] of tables.entries()) {
    await writeWhole(join(folder, names[i]), parquetOf(table));
  }
  if (tensors.length > 0) {
    const named = Object.fromEntries(tensors.map((tensor, i) => [String(i), tensor]));
    await writeSafetensors(join(folder, TENSORS), named);
    names.push(TENSORS);
  }
  const files: Record<string, string> = {};
  for (const name of names) files[name] = sha256(await Deno.readFile(join(folder, name)));
  const axes = tensors.map(({ sizes }) => sizes);
  const content: Content = { ...facts, tree, axes, tables: tables.length, files };
  // The content is a text in the manifest, so that its hash does not depend on how JSON is written.
  const text = JSON.stringify(content);
  await writeWhole(
    join(folder, MANIFEST),
    JSON.stringify({ digest: sha256(text), content: text }),
  );
}

/**
 * Renames a folder. A folder that is in the way is removed first, unless another process has just
 * put a whole result there.
 */
async function replace(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!await infoOf(to)) throw error;
    const isWhole = await readEntry(to).then((entry) => entry !== undefined, () => false);
    if (isWhole) return;
    await Deno.rename(to, `${from}.old`);
    await Deno.rename(from, to);
    await Deno.remove(`${from}.old`, { recursive: true });
  }
}

function tableFile(i: number): string {
  return `table-${i}.parquet`;
}

/** Returns the tensors of a file in the order of their numbers. */
async function readTensors(
  path: string,
  axes: readonly Record<string, number>[],
): Promise<Tensor<TensorData>[]> {
  const { tensors } = await readSafetensorsHeader(path);
  const { buffer } = await Deno.readFile(path);
  return axes.map((sizes, i) => {
    const { dtype, offset, byteLength } = tensors.get(String(i))!;
    const bytes = buffer.slice(offset, offset + byteLength);
    return new Tensor<TensorData>(
      dtype === "I32" ? new Int32Array(bytes) : new Float32Array(bytes),
      sizes,
    );
  });
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
