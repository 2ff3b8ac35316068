import { checkArguments, is, type Kind } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { type Checkpoint, findTensor, sorted } from "./checkpoint.ts";
import { readHeader } from "./safetensors/header.ts";
import { rowsOf, widened } from "./safetensors/weight.ts";

/** What error messages name in place of a model folder. */
const FOLDER = "memory";

/** The files of a model folder that are in memory, such as in a page that holds a model. */
export interface FilesInMemory {
  /** The parsed content of `config.json`. */
  readonly config: unknown;
  /** The parsed content of `generation_config.json`; undefined if there is none. */
  readonly generationConfig?: unknown;
  /** The bytes of each safetensors file, by the name of the file. */
  readonly weights: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Returns the checkpoint of a model folder whose files are in memory. Nothing is read from a disk,
 * so that it works in a web page.
 *
 * @param files the configuration, and the bytes of the safetensors files. The bytes must not change
 * afterwards.
 * @returns a checkpoint whose runs read the weights from the bytes.
 * @throws CircuitbookError if there are no weights, a header contradicts its file, or two files
 * hold a tensor of one name.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = "data/models/countdown-r1";
 * const checkpoint = await checkpoints.checkpointOfFiles({
 *   config: JSON.parse(await Deno.readTextFile(`${folder}/config.json`)),
 *   weights: new Map([["model.safetensors", await Deno.readFile(`${folder}/model.safetensors`)]]),
 * });
 * assertEquals((await checkpoint.read("model.norm.weight")).length, 192);
 * ```
 */
export async function checkpointOfFiles(files: FilesInMemory): Promise<Checkpoint> {
  checkArguments("checkpointOfFiles", {
    files: [files, is.like("the files of a model", "config", "weights")],
  });

  const { config, generationConfig, weights } = files;
  checkArguments("checkpointOfFiles", { weights: [weights, filesByName] });
  if (weights.size === 0) {
    throw new CircuitbookError(
      "Expected at least one safetensors file but found none; give the bytes of model.safetensors.",
    );
  }
  const headers = await Promise.all(
    [...weights].map(([file, bytes]) =>
      readHeader({
        path: file,
        file,
        size: bytes.length,
        read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
      })
    ),
  );
  const { tensors, otherTensors } = sorted(
    headers.flatMap((header) => [...header.tensors.values()]),
  );
  return {
    folder: FOLDER,
    config,
    generationConfig,
    tensors,
    otherTensors,
    bytes: weights,
    // Errors are thrown inside the promise, which then rejects as the promise of a model folder
    // does.
    read: (name, rows) =>
      new Promise((resolve) => {
        const tensor = findTensor(name, { tensors, otherTensors, folder: FOLDER });
        const { file, offset, byteLength } = rows ? rowsOf(tensor, rows) : tensor;
        // The bytes are copied, because a tensor may begin at an odd offset, where typed arrays
        // cannot begin.
        const { buffer } = weights.get(file)!.slice(offset, offset + byteLength);
        resolve(widened(buffer, tensor.dtype));
      }),
    hash: () => hashOf([...weights].sort(([a], [b]) => a < b ? -1 : 1).map(([, bytes]) => bytes)),
    // The files are in memory and cannot change on disk.
    verifyUnchanged: () => {},
  };
}

/** The kind of an argument that holds files by their names. */
const filesByName: Kind = {
  noun: "a map of file names to bytes",
  accepts: (value) =>
    value instanceof Map && [...value.values()].every((bytes) => bytes instanceof Uint8Array),
};

/**
 * Returns the SHA-256 of files as {@link Checkpoint.hash} does. For several files, the value is the
 * hash of their hashes. `crypto.subtle` computes the hash, because a page has no `node:crypto`.
 */
async function hashOf(files: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const digests = await Promise.all(files.map(digestOf));
  const [first] = digests;
  if (digests.length === 1) return first.toHex();
  const all = new Uint8Array(first.length * digests.length);
  digests.forEach((digest, i) => all.set(digest, i * first.length));
  return (await digestOf(all)).toHex();
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
