import { createHash } from "node:crypto";
import { join } from "deno-std/path/mod.js";
import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError, messageOf } from "../base/errors.ts";
import { measuredTime, minuteOf } from "../base/formats.ts";
import { checkOptions } from "../base/options.ts";
import { timed } from "../base/timed.ts";
import { infoOf } from "../checkpoint/files.ts";
import { ownCacheFolder } from "../checkpoint/hub/cache_folder.ts";
import { digestOf } from "./digest.ts";
import {
  type Entry,
  type Facts,
  keyOf,
  type Parts,
  readEntry,
  readManifest,
  writeEntry,
} from "./entry.ts";
import { libraryDigest } from "./library.ts";
import { pack, type Packed } from "./pack.ts";

/** Where {@link memo} keeps results. */
export interface MemoOptions {
  /** The folder of all results. Default: the folder `circuitbook/memo` in the cache of the Hub. */
  readonly folder?: string;
}

const optionsSchema = z.strictObject({ folder: z.string("to be a path").optional() });

/** The form of a name: it is also the name of a folder. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u;

/** The name of a folder in which a result is written, or out of which one was replaced. */
const ASIDE = /\.partial(\.old)?$/;

/** A day in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

/**
 * Returns the result of a function that takes long, from the last run if nothing that decides the
 * result has changed. A result is kept by content: it is computed anew, and this is said, if an
 * input, the code of the function, the code of the library or the version of a package is another
 * one, or if the kept files are damaged. An input that is a model counts by its weights,
 * configuration, element type and device.
 *
 * A table is kept as Parquet, tensors as safetensors, everything else as JSON. Two processes may
 * keep one result at once. The function has to depend on its inputs alone: variables around it are
 * not seen, and neither are functions that it calls, except for those of the library. To compute
 * everything anew, delete the folder.
 *
 * @param name the name of the result, such as `"steered chains"`. Results of one name and several
 * inputs are all kept, until the library changes.
 * @param inputs what decides the result, by name: data, models, tensors, tables, or arrays,
 * objects, Maps and Sets of them.
 * @param compute returns the result from the inputs: data, tensors, tables or the cache of a run,
 * or arrays, objects, Maps and Sets of them.
 * @param options where results are kept.
 * @returns the kept or the computed result.
 * @throws CircuitbookError if an input or the result has parts that cannot be kept, such as
 * functions or objects of another class; and whatever `compute` throws.
 *
 * @example
 * ```ts
 * import { loadModel, memo } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const model = await loadModel("max-of-list");
 * const layers = () =>
 *   memo("layers", { model }, ({ model }) => model.architecture.layers, { folder });
 * assertEquals([await layers(), await layers()], [1, 1]); // the second one is read
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function memo<Inputs extends Readonly<Record<string, unknown>>, Result>(
  name: string,
  inputs: Inputs,
  compute: (inputs: Inputs) => Result | Promise<Result>,
  options: MemoOptions = {},
): Promise<Result> {
  checkArguments("memo", {
    name: [name, is.text],
    inputs: [inputs, is.object],
    compute: [compute, is.callable],
  });
  checkOptions(options, optionsSchema, "memo");
  if (!NAME.test(name)) {
    throw new CircuitbookError(
      `Expected a name of up to 80 letters, digits, spaces, dots and hyphens for a memo but found "${name}".`,
    );
  }

  const parts = await partsOf(inputs, compute);
  const results = join(options.folder ?? join(await ownCacheFolder(undefined), "memo"), name);
  const folder = join(results, keyOf(parts));
  const kept = await keptIn(folder, name);
  if (kept !== undefined) {
    console.info(
      `${name}: kept from ${minuteOf(kept.date)}, when it took ${measuredTime(kept.seconds)}.`,
    );
    return kept.value as Result;
  }
  await sayWhy(name, parts, results, folder);
  const { result, seconds } = await timed(async () => await compute(inputs));
  const packed = pack(result);
  await keep(name, folder, packed, { parts, date: new Date().toISOString(), seconds });
  await removeOld(results, parts);
  return result;
}

async function partsOf(
  inputs: Readonly<Record<string, unknown>>,
  compute: (inputs: never) => unknown,
): Promise<Parts> {
  const digests: Record<string, string> = {};
  for (const [key, value] of Object.entries(inputs)) {
    digests[key] = await digestOf(value, `inputs.${key}`);
  }
  const code = createHash("sha256").update(compute.toString()).digest("hex");
  return { library: await libraryDigest(), code, inputs: digests };
}

/** Returns the kept result of a folder, if there is one that is whole; says if it is damaged. */
async function keptIn(folder: string, name: string): Promise<Entry | undefined> {
  try {
    return await readEntry(folder);
  } catch (error) {
    console.warn(
      `${name}: the kept result is damaged (${messageOf(error)}) and is computed anew.`,
    );
    return undefined;
  }
}

/** Says what has changed since the newest result of the same name, if there is one. */
async function sayWhy(name: string, parts: Parts, results: string, own: string): Promise<void> {
  const others = (await manifestsIn(results)).filter(({ folder }) => folder !== own);
  const [newest] = others.sort((a, b) => a.date < b.date ? 1 : -1);
  if (newest === undefined) return;
  console.warn(
    `${name}: computed anew, because ${changed(newest.parts, parts).join(", ")} changed since ${
      minuteOf(newest.date)
    }.`,
  );
}

/** Returns what differs between two results, in words. */
function changed(before: Parts, now: Parts): string[] {
  const names = new Set([...Object.keys(before.inputs), ...Object.keys(now.inputs)]);
  const inputs = [...names].filter((name) => before.inputs[name] !== now.inputs[name]);
  return [
    before.library === now.library ? "" : "the library",
    before.code === now.code ? "" : "the function",
    ...inputs.map((name) => `the input "${name}"`),
  ].filter(Boolean);
}

/** Keeps a result; a folder that cannot be written to costs time later, and changes no number. */
async function keep(
  name: string,
  folder: string,
  packed: Packed,
  facts: Facts,
): Promise<void> {
  try {
    await writeEntry(folder, packed, facts);
  } catch (error) {
    console.warn(`${name}: the result is not kept: ${messageOf(error)}`);
  }
}

/**
 * Removes the results of other versions of the library, which cannot be used again, and what
 * processes that were ended while they wrote have left.
 */
async function removeOld(results: string, { library }: Parts): Promise<void> {
  const old = (await manifestsIn(results)).filter(({ parts }) => parts.library !== library);
  for (const folder of [...old.map(({ folder }) => folder), ...await leftIn(results)]) {
    // Another process may have removed it.
    await Deno.remove(folder, { recursive: true }).catch(() => undefined);
  }
}

/** Returns the folders in which results were half written more than a day ago. */
async function leftIn(results: string): Promise<string[]> {
  const left: string[] = [];
  if (!await infoOf(results)) return left;
  for await (const { name } of Deno.readDir(results)) {
    const folder = join(results, name);
    const written = (await infoOf(folder))?.mtime?.getTime() ?? Infinity;
    if (ASIDE.test(name) && Date.now() - written > DAY) left.push(folder);
  }
  return left;
}

/** Returns the facts of the complete results of a name. */
async function manifestsIn(
  results: string,
): Promise<{ folder: string; parts: Parts; date: string }[]> {
  if (!await infoOf(results)) return [];
  const found: { folder: string; parts: Parts; date: string }[] = [];
  for await (const { name } of Deno.readDir(results)) {
    const folder = join(results, name);
    const manifest = await readManifest(folder).catch(() => undefined);
    if (manifest) found.push({ folder, parts: manifest.parts, date: manifest.date });
  }
  return found;
}
