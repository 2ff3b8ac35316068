import { join } from "deno-std/path/mod.js";

/**
 * Returns the folder of the Hugging Face cache in which the library keeps its own files: models
 * that came from packages, and results that take long.
 *
 * @param cacheFolder the cache; by default that of all Hugging Face tools (`HF_HUB_CACHE`,
 * `HF_HOME`).
 */
export async function ownCacheFolder(cacheFolder: string | undefined): Promise<string> {
  // Loaded on demand: loading the package takes 65 ms, and most runs need no cache.
  const { getHFHubCachePath } = await import("@huggingface/hub");
  return join(cacheFolder ?? getHFHubCachePath(), "circuitbook");
}
