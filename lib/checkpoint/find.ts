import { fromFileUrl, isAbsolute, join } from "deno-std/path/mod.js";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { downloadModel, type HubOptions } from "./hub/download_model.ts";

/** How a model is found; all but `signal` and `onProgress` matter to models of the Hub only. */
export type FindOptions = HubOptions;

/** Where the embedded models stand. */
const EMBEDDED = fromFileUrl(new URL("../../data/models", import.meta.url));

/** `Org/name`, as the Hub allows it. */
const HUB_ID = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/**
 * The folder of a model: an embedded model by name (`countdown-r1`, or `max-of-list-seeds/3`, one of many runs), an existing
 * folder, or a Hub id (`Qwen/Qwen2.5-3B`), downloaded.
 *
 * @throws CircuitbookError when it is none of the three, or the download fails.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await checkpoints.findModel("data/models/countdown-r1"), "data/models/countdown-r1");
 * ```
 */
export async function findModel(
  nameOrPathOrHubId: string,
  options: FindOptions = {},
): Promise<string> {
  const embedded = await embeddedModels();
  if (embedded.includes(nameOrPathOrHubId) || await isOneOfMany(nameOrPathOrHubId)) {
    return join(EMBEDDED, nameOrPathOrHubId);
  }
  if (nameOrPathOrHubId && await isFolder(nameOrPathOrHubId)) return nameOrPathOrHubId;
  const looksLikePath = isAbsolute(nameOrPathOrHubId) || /^[.~]|\\/.test(nameOrPathOrHubId);
  if (!looksLikePath && HUB_ID.test(nameOrPathOrHubId)) {
    return await downloadModel(nameOrPathOrHubId, options);
  }
  throw new CircuitbookError(
    `Expected an embedded model, a folder or a Hub id (Org/name) but found "${nameOrPathOrHubId}"; ` +
      `embedded: ${nearestNames(nameOrPathOrHubId, embedded, embedded.length).join(", ")}.`,
  );
}

/** Whether it is `folder/name` of a folder that holds many small models, such as the runs of one recipe. */
async function isOneOfMany(name: string): Promise<boolean> {
  return /^[\w-]+\/[\w-]+$/.test(name) && await isModel(name);
}

/**
 * The names of the models that come with the repository, sorted; folders that hold many runs of one recipe are left out.
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
  const info = await Deno.stat(join(EMBEDDED, name, "config.json")).catch((error) => {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  });
  return info?.isFile ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw new CircuitbookError(
      `Expected to look at ${path} but could not: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
