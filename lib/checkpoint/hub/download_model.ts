import { dirname, join } from "deno-std/path/mod.js";
import type { ListFileEntry } from "@huggingface/hub";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { type ProgressListener, reportProgress, throwIfStopped } from "../../base/progress.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from "../adapter/config.ts";
import { fileSize, naming, readJson } from "../files.ts";
import {
  INDEX_FILE,
  missingWeights,
  shardNames,
  SINGLE_FILE,
  staysInside,
} from "../weight_files.ts";
import { cachedSnapshot, linkToBlob, writeRef } from "./cache.ts";
import { lookUp, type Snapshot } from "./snapshot.ts";
import { download, type RemoteFile } from "./transfer.ts";

/** Where and how a model of the Hub is downloaded. */
export interface HubOptions {
  /** A branch, tag or commit; `main` by default. */
  revision?: string;
  /**
   * The address of the Hub or of a mirror; `HF_ENDPOINT` by default, else https://huggingface.co.
   */
  hubUrl?: string;
  /** The cache folder; by default that of all Hugging Face tools (`HF_HUB_CACHE`, `HF_HOME`). */
  cacheFolder?: string;
  /** The access token for private and gated models; `HF_TOKEN` by default. */
  accessToken?: string;
  /** Stops the download. The next call continues it. */
  signal?: AbortSignal;
  /** Called with the megabytes that have come. */
  onProgress?: ProgressListener;
  /** How often a transfer that brings no new bytes is tried again; 5 by default. */
  retries?: number;
  /** After how many milliseconds without a new byte a transfer is resumed; 30,000 by default. */
  stallTimeout?: number;
}

/** The files that a model folder may need beside its weights. They are downloaded first. */
const SMALL_FILES = [
  "config.json",
  "generation_config.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "tokenizer.json",
];

/**
 * Returns the folder of a Hub model in the ordinary Hugging Face cache. Its configuration,
 * tokenizer and safetensors files are downloaded if they are not there; without a network, the
 * cache is used as it is.
 *
 * @throws CircuitbookError if there is no such model, if the network fails and the cache does not
 * have the model, or if a file does not match its checksum.
 * @throws InterruptedError if stopped.
 */
export async function downloadModel(id: string, options: HubOptions = {}): Promise<string> {
  const revision = options.revision ?? "main";
  if (!staysInside(revision) || !/^[\w./-]+$/.test(revision)) {
    throw new CircuitbookError(
      `Expected a branch, tag or commit as the revision but found ${shown(revision)}.`,
    );
  }
  const storage = await storageOf(id, options.cacheFolder);
  if (["1", "true"].includes(Deno.env.get("HF_HUB_OFFLINE")?.toLowerCase() ?? "")) {
    return await ofOneModel(await cachedSnapshot(storage, revision), id) ??
      refuseOffline(id, "HF_HUB_OFFLINE is set");
  }
  let snapshot: Snapshot;
  try {
    snapshot = await lookUp(id, revision, options);
  } catch (error) {
    throwIfStopped(options.signal);
    if (error instanceof CircuitbookError) throw error;
    return await ofOneModel(await cachedSnapshot(storage, revision), id) ??
      refuseOffline(id, error);
  }
  const folder = join(storage, "snapshots", snapshot.commit);
  const small = SMALL_FILES.filter((name) => snapshot.files.has(name));
  await fetchFiles(snapshot, storage, [...small, ...adapterNames(snapshot)], options);
  // An adapter of another model is refused before the weights of the model are downloaded.
  await ofOneModel(folder, id);
  const weights = await weightNames(snapshot, storage, options);
  await fetchFiles(snapshot, storage, weights, options);
  await writeRef(storage, revision, snapshot.commit);
  return folder;
}

/**
 * Returns the files of the adapter that lies beside a repository's model; none if there is none.
 *
 * @throws CircuitbookError if the weights of the adapter are in a format that is not read.
 */
function adapterNames({ id, files }: Snapshot): string[] {
  if (!files.has(ADAPTER_CONFIG)) return [];
  if (files.has(ADAPTER_WEIGHTS)) return [ADAPTER_CONFIG, ADAPTER_WEIGHTS];
  if (files.has("adapter_model.bin")) {
    throw missingWeights(ADAPTER_WEIGHTS, id, ["adapter_model.bin"]);
  }
  return [];
}

/**
 * Returns the folder of a repository, or throws if an adapter in the folder belongs to another
 * model. transformers merges the adapter of a repository with the model that the adapter names.
 *
 * @param folder the folder in the cache; undefined if the repository is not in the cache.
 * @throws CircuitbookError if the adapter names another model.
 */
async function ofOneModel(folder: string | undefined, id: string): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  const path = join(folder, ADAPTER_CONFIG);
  const config = await readJson(path) as { base_model_name_or_path?: unknown } | undefined;
  const named = config?.base_model_name_or_path;
  if (config === undefined || named === id) return folder;
  throw new CircuitbookError(
    `Expected an adapter of the model in the same repository, ${id}, but found one of ${
      shown(named)
    } in ${path}: give the adapter to its base, loadModel(base, { adapter }), with a folder that holds the two files of ` +
      "the adapter alone.",
  );
}

/**
 * Returns the folder of a Hub model in the cache, without a request; undefined if it is not
 * complete there.
 */
export async function cachedModel(
  id: string,
  { revision = "main", cacheFolder }: HubOptions = {},
): Promise<string | undefined> {
  return await ofOneModel(await cachedSnapshot(await storageOf(id, cacheFolder), revision), id);
}

/** Returns the place of a repository in the cache. */
async function storageOf(id: string, cacheFolder: string | undefined): Promise<string> {
  // Loaded on demand: models on disk do not need the module, and loading it takes 65 ms.
  const { getHFHubCachePath, getRepoFolderName } = await import("@huggingface/hub");
  return join(cacheFolder ?? getHFHubCachePath(), getRepoFolderName({ type: "model", name: id }));
}

/** Returns the names of the weight files; the index of shards is downloaded to know them. */
async function weightNames(
  snapshot: Snapshot,
  storage: string,
  options: HubOptions,
): Promise<string[]> {
  const { id, files } = snapshot;
  if (files.has(SINGLE_FILE)) return [SINGLE_FILE];
  if (!files.has(INDEX_FILE)) {
    throw missingWeights(`${SINGLE_FILE} or ${INDEX_FILE}`, id, files.keys());
  }
  await fetchFiles(snapshot, storage, [INDEX_FILE], options);
  const path = join(storage, "snapshots", snapshot.commit, INDEX_FILE);
  const names = shardNames(await readJson(path), `${INDEX_FILE} of ${id}`);
  const missing = names.find((name) => !files.has(name));
  if (missing) {
    throw new CircuitbookError(
      `Expected the shard ${shown(missing)} in ${id} but found no such file.`,
    );
  }
  return names;
}

/**
 * Downloads files that are not in the cache.
 *
 * @param storage the repository's folder in the cache.
 */
async function fetchFiles(
  snapshot: Snapshot,
  storage: string,
  names: readonly string[],
  options: HubOptions,
): Promise<void> {
  const { id, commit, files } = snapshot;
  const total = names.reduce((sum, name) => sum + files.get(name)!.size, 0);
  let before = 0;
  try {
    for (const name of names) {
      const entry = files.get(name)!;
      const link = join(storage, "snapshots", commit, name);
      if (await fileSize(link) !== entry.size) {
        const file = remoteFile(snapshot, entry);
        const blob = join(storage, "blobs", file.checksum.hex);
        const show = megabytesListener(`download ${id}`, total, options.onProgress);
        await naming("write", blob, () => Deno.mkdir(dirname(blob), { recursive: true }));
        if (await fileSize(blob) !== entry.size) {
          await download(file, blob, { ...options, onBytes: (done) => show(before + done) });
        }
        await linkToBlob(blob, link);
      }
      before += entry.size;
    }
  } finally {
    reportProgress(undefined, options.onProgress);
  }
}

function remoteFile(
  { id, commit, hubUrl, headers }: Snapshot,
  { path, size, oid, lfs }: ListFileEntry,
): RemoteFile {
  const hex = lfs?.oid ?? oid ?? "";
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex)) {
    throw new CircuitbookError(
      `Expected a checksum for ${shown(path)} of ${id} but found ${shown(hex)}.`,
    );
  }
  const url = `${hubUrl}/${id}/resolve/${commit}/${
    path.split("/").map(encodeURIComponent).join("/")
  }`;
  return { url, headers, size, checksum: { kind: lfs ? "sha256" : "git-sha1", hex } };
}

function refuseOffline(id: string, reason: unknown): never {
  if (reason instanceof Deno.errors.NotCapable) {
    throw new CircuitbookError(
      `Expected ${id} in the cache of the Hub but found no such model, and this process may not use ` +
        `the network; download the model first: deno task download ${id}`,
      { cause: reason },
    );
  }
  throw new CircuitbookError(
    `Expected to download ${id} or to find it in the cache but could do neither ` +
      `(${messageOf(reason)}); check the network, or give a model folder.`,
    { cause: reason },
  );
}

/** Returns a function that reports byte counts as progress in MB, at most ten times a second. */
export function megabytesListener(
  label: string,
  total: number,
  onProgress?: ProgressListener,
): (done: number) => void {
  const rounded = (bytes: number) => Math.round(bytes / 1e5) / 10;
  let last = 0;
  return (done) => {
    if (done < total && performance.now() - last < 100) return;
    last = performance.now();
    reportProgress({ label, done: rounded(done), total: rounded(total), unit: "MB" }, onProgress);
  };
}
