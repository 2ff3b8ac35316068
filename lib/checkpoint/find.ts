import { fromFileUrl, isAbsolute, join } from "deno-std/path/mod.js";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { shown } from "../base/options.ts";
import { isAdapterFolder } from "./adapter/folder.ts";
import { fileSize, infoOf } from "./files.ts";
import { isGguf } from "./gguf/header.ts";
import { cachedModel, downloadModel, type HubOptions } from "./hub/download_model.ts";
import { cachedGguf, knownModel } from "./hub/known_models.ts";

/**
 * How a model is found. All options except `signal` and `onProgress` concern models of the Hub
 * only.
 */
export type FindOptions = HubOptions;

/** The folder of the embedded models. */
const EMBEDDED = fromFileUrl(new URL("../../data/models", import.meta.url));

/** The form of a Hub id: `Org/name`. */
const HUB_ID = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/**
 * Returns the folder or GGUF file of a model. A model of the Hub is downloaded first, if it is not
 * in the cache.
 *
 * @param nameOrPathOrHubId an embedded model by name (`countdown-r1`, or `max-of-list-seeds/3` for
 * one of many runs), an existing folder or GGUF file, a Hub id (`Qwen/Qwen2.5-3B`),
 * or the short name of a model that `deno task model` has brought (`smollm2`).
 * @param options the revision, the cache and the access token of a Hub model, and how its download
 * is watched.
 * @returns the path of a folder in the Hugging Face layout, or of a GGUF file.
 * @throws CircuitbookError if there is no such model, or if the download fails.
 * @throws InterruptedError if stopped.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = "data/models/countdown-r1";
 * assertEquals(await checkpoints.findModel(folder), folder);
 * ```
 */
export async function findModel(
  nameOrPathOrHubId: string,
  options: FindOptions = {},
): Promise<string> {
  checkArguments("findModel", {
    nameOrPathOrHubId: [nameOrPathOrHubId, is.text],
    options: [options, is.object],
  });

  const embedded = await embeddedModels();
  if (embedded.includes(nameOrPathOrHubId) || await isOneOfMany(nameOrPathOrHubId)) {
    return join(EMBEDDED, nameOrPathOrHubId);
  }
  if (nameOrPathOrHubId && await isModelPath(nameOrPathOrHubId)) return nameOrPathOrHubId;
  const known = knownModel(nameOrPathOrHubId);
  if (known?.name === nameOrPathOrHubId) {
    const found = await cachedGguf(known, options.cacheFolder) ??
      await cachedModel(known.hubId, options);
    if (found) return found;
    throw new CircuitbookError(
      `Expected ${known.name} in the cache but found no such model; run deno task model ${known.name}.`,
    );
  }
  const looksLikePath = isAbsolute(nameOrPathOrHubId) || /^[.~]|\\/.test(nameOrPathOrHubId);
  if (!looksLikePath && HUB_ID.test(nameOrPathOrHubId)) {
    try {
      return await downloadModel(nameOrPathOrHubId, options);
    } catch (error) {
      const brought = known && error instanceof CircuitbookError &&
        await cachedGguf(known, options.cacheFolder);
      if (brought) return brought;
      throw error;
    }
  }
  throw new CircuitbookError(
    `Expected an embedded model, a folder, a GGUF file or a Hub id (Org/name) but found ${
      shown(nameOrPathOrHubId)
    }; ` +
      `embedded: ${nearestNames(nameOrPathOrHubId, embedded, embedded.length).join(", ")}.`,
  );
}

/**
 * Returns whether a name is `folder/name` of a folder with many small models, such as the runs of
 * one recipe.
 */
async function isOneOfMany(name: string): Promise<boolean> {
  return /^[\w-]+\/[\w-]+$/.test(name) && await isModel(name);
}

/**
 * Returns the names of the models that come with the repository, sorted. Folders with many runs of
 * one recipe are left out.
 *
 * @returns names that `loadModel` accepts.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await checkpoints.embeddedModels()).includes("countdown-r1"), true);
 * ```
 */
export async function embeddedModels(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(EMBEDDED)) if (await isModel(name)) names.push(name);
  return names.sort();
}

async function isModel(name: string): Promise<boolean> {
  const folder = join(EMBEDDED, name);
  return await fileSize(join(folder, "config.json")) !== undefined ||
    await isAdapterFolder(folder);
}

/** Returns whether there is a folder or a GGUF file at a path. */
async function isModelPath(path: string): Promise<boolean> {
  const info = await infoOf(path);
  return info !== undefined && (info.isDirectory || info.isFile && isGguf(path));
}
