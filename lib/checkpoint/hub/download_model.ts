import { dirname, join } from "deno-std/path/mod.js";
import type { ListFileEntry } from "@huggingface/hub";
import { CircuitbookError } from "../../base/errors.ts";
import {
  type ProgressListener,
  reportProgress,
  stopSignal,
  throwIfStopped,
} from "../../base/progress.ts";
import { download } from "./transfer.ts";
import { fileSize, readJson } from "../files.ts";
import { cachedSnapshot, linkToBlob, writeRef } from "./cache.ts";
import { INDEX_FILE, shardNames, SINGLE_FILE, staysInside } from "../weight_files.ts";

/** Where and how a model of the Hub is downloaded. */
export interface HubOptions {
  /** A branch, tag or commit; the default is `main`. */
  revision?: string;
  /** The Hub, or a mirror; the default is `HF_ENDPOINT`, else https://huggingface.co. */
  hubUrl?: string;
  /** The cache; the default is that of all Hugging Face tools (`HF_HUB_CACHE`, `HF_HOME`). */
  cacheFolder?: string;
  /** For private and gated models; the default is `HF_TOKEN`. */
  accessToken?: string;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
  /** How often a transfer that brings nothing new is tried again; the default is 5. */
  retries?: number;
}

/** What a model folder may need beside its weights, smallest first. */
const SMALL_FILES = [
  "config.json",
  "generation_config.json",
  "tokenizer_config.json",
  "chat_template.jinja",
  "tokenizer.json",
];

/** A repository at one commit, in the cache. */
interface Snapshot {
  id: string;
  commit: string;
  hubUrl: string;
  headers: Record<string, string>;
  /** The repository's folder in the cache. */
  storage: string;
  files: ReadonlyMap<string, ListFileEntry>;
}

/**
 * The folder of a Hub model in the ordinary Hugging Face cache, downloaded as far as it is not there: configuration,
 * tokenizer and safetensors. Without a network, what the cache has.
 *
 * @throws CircuitbookError when there is no such model, the network fails, or a file does not match its checksum.
 */
export async function downloadModel(id: string, options: HubOptions = {}): Promise<string> {
  const revision = options.revision ?? "main";
  if (!staysInside(revision) || !/^[\w./-]+$/.test(revision)) {
    throw new CircuitbookError(
      `Expected a branch, tag or commit as the revision but found "${revision}".`,
    );
  }
  // Loaded on demand: models on disk do not need it, and it takes 65 ms.
  const { getHFHubCachePath, getRepoFolderName } = await import("@huggingface/hub");
  const storage = join(
    options.cacheFolder ?? getHFHubCachePath(),
    getRepoFolderName({ type: "model", name: id }),
  );
  if (["1", "true"].includes(Deno.env.get("HF_HUB_OFFLINE")?.toLowerCase() ?? "")) {
    return await cachedSnapshot(storage, revision) ?? refuseOffline(id, "HF_HUB_OFFLINE is set");
  }
  let snapshot: Snapshot;
  try {
    snapshot = await look(id, revision, storage, options);
  } catch (error) {
    throwIfStopped(options.signal);
    if (error instanceof CircuitbookError) throw error;
    return await cachedSnapshot(storage, revision) ?? refuseOffline(id, error);
  }
  const folder = join(storage, "snapshots", snapshot.commit);
  await fetchFiles(snapshot, SMALL_FILES.filter((name) => snapshot.files.has(name)), options);
  await fetchFiles(snapshot, await weightNames(snapshot, options), options);
  await writeRef(storage, revision, snapshot.commit);
  return folder;
}

async function look(
  id: string,
  revision: string,
  storage: string,
  options: HubOptions,
): Promise<Snapshot> {
  const { HubApiError, listFiles, modelInfo } = await import("@huggingface/hub");
  const hubUrl = (options.hubUrl ?? Deno.env.get("HF_ENDPOINT") ?? "https://huggingface.co")
    .replace(/\/+$/, "");
  const accessToken = options.accessToken ?? Deno.env.get("HF_TOKEN");
  const signal = stopSignal(options.signal);
  const common = {
    hubUrl,
    ...accessToken ? { accessToken } : {},
    fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, { ...init, signal }),
  };
  const files = new Map<string, ListFileEntry>();
  try {
    const { sha } = await modelInfo({ ...common, name: id, revision, additionalFields: ["sha"] });
    if (!/^[0-9a-f]{40}$/.test(sha)) {
      throw new CircuitbookError(`Expected a commit of ${id} but found "${sha}".`);
    }
    for await (
      const entry of listFiles({ ...common, repo: { type: "model", name: id }, revision: sha })
    ) {
      if (!staysInside(entry.path)) {
        throw new CircuitbookError(
          `Expected file names inside the folder of ${id} but found "${entry.path}"; nothing was downloaded.`,
        );
      }
      if (entry.type === "file") files.set(entry.path, entry);
    }
    const headers: Record<string, string> = accessToken
      ? { authorization: `Bearer ${accessToken}` }
      : {};
    return { id, commit: sha, hubUrl, headers, storage, files };
  } catch (error) {
    if (!(error instanceof HubApiError)) throw error;
    throw new CircuitbookError(
      `Expected a model ${id} (revision ${revision}) at ${hubUrl} but it answered ${error.statusCode}; ` +
        (error.statusCode === 401 || error.statusCode === 403 || error.statusCode === 404
          ? "check the name, or set HF_TOKEN for a private or gated model."
          : "try again later."),
      { cause: error },
    );
  }
}

async function weightNames(snapshot: Snapshot, options: HubOptions): Promise<string[]> {
  const { id, files } = snapshot;
  if (files.has(SINGLE_FILE)) return [SINGLE_FILE];
  if (!files.has(INDEX_FILE)) {
    throw new CircuitbookError(
      `Expected ${SINGLE_FILE} or ${INDEX_FILE} in ${id} but found neither.`,
    );
  }
  await fetchFiles(snapshot, [INDEX_FILE], options);
  const path = join(snapshot.storage, "snapshots", snapshot.commit, INDEX_FILE);
  const names = shardNames(await readJson(path), `${INDEX_FILE} of ${id}`);
  const missing = names.find((name) => !files.has(name));
  if (missing) {
    throw new CircuitbookError(`Expected the shard "${missing}" in ${id} but found no such file.`);
  }
  return names;
}

async function fetchFiles(
  snapshot: Snapshot,
  names: readonly string[],
  options: HubOptions,
): Promise<void> {
  const { id, commit, storage, files } = snapshot;
  const total = names.reduce((sum, name) => sum + files.get(name)!.size, 0);
  let before = 0;
  try {
    for (const name of names) {
      const entry = files.get(name)!;
      const link = join(storage, "snapshots", commit, name);
      if (await fileSize(link) !== entry.size) {
        const { file, blob } = remoteFile(snapshot, entry);
        const show = megabytesListener(`download ${id}`, total, options.onProgress);
        await Deno.mkdir(dirname(blob), { recursive: true });
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
  { id, commit, hubUrl, headers, storage }: Snapshot,
  { path, size, oid, lfs }: ListFileEntry,
) {
  const hex = lfs?.oid ?? oid ?? "";
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex)) {
    throw new CircuitbookError(`Expected a checksum for ${path} of ${id} but found "${hex}".`);
  }
  const url = `${hubUrl}/${id}/resolve/${commit}/${
    path.split("/").map(encodeURIComponent).join("/")
  }`;
  const kind = lfs ? "sha256" as const : "git-sha1" as const;
  return {
    blob: join(storage, "blobs", hex),
    file: { url, headers, size, checksum: { kind, hex } },
  };
}

function refuseOffline(id: string, reason: unknown): never {
  throw new CircuitbookError(
    `Expected to download ${id} or to find it in the cache but could do neither ` +
      `(${
        reason instanceof Error ? reason.message : reason
      }); check the network, or give a model folder.`,
    { cause: reason },
  );
}

/** Turns byte counts into progress in MB, at most ten times a second. */
function megabytesListener(
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
