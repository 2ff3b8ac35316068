import { isAbsolute, join } from "deno-std/path/mod.js";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { fileSize, infoOf, naming, readJson } from "./files.ts";

/** The file with all weights of a model that is not split into shards. */
export const SINGLE_FILE = "model.safetensors";

/** Names of weight files in other formats. */
const OTHER_FORMATS =
  /^(pytorch_model.*\.bin|adapter_model\.(bin|pt)|tf_model.*\.h5|flax_model.*\.msgpack|consolidated.*\.pth|.*\.gguf)$/;

/** The file that says which shard holds which tensor. */
export const INDEX_FILE = "model.safetensors.index.json";

/**
 * Returns the paths of a model folder's safetensors files: the single file, or the shards that the
 * index names.
 *
 * @throws CircuitbookError if there are none, or if the index names a missing file or a file
 * outside the folder.
 */
export async function weightFiles(folder: string): Promise<string[]> {
  const single = join(folder, SINGLE_FILE);
  const indexPath = join(folder, INDEX_FILE);
  if (await fileSize(single) !== undefined) return [single];
  const index = await readJson(indexPath);
  if (index === undefined) {
    throw missingWeights(`${SINGLE_FILE} or ${INDEX_FILE}`, folder, await namesIn(folder));
  }
  const names = shardNames(index, indexPath);
  for (const name of names) {
    if (await fileSize(join(folder, name)) === undefined) {
      throw new CircuitbookError(
        `Expected the shard "${name}" that ${indexPath} names but found no such file.`,
      );
    }
  }
  return names.map((name) => join(folder, name));
}

/**
 * Returns the error for a folder or a repository without weights that can be read. The error names
 * weights in another format, and says how to convert them.
 *
 * @param expected the files that would be read.
 * @param place the folder, or the Hub id.
 * @param names the names of the files that are there.
 */
export function missingWeights(
  expected: string,
  place: string,
  names: Iterable<string>,
): CircuitbookError {
  const others = [...names].filter((name) => OTHER_FORMATS.test(name)).sort();
  const gguf = others.find((name) => name.endsWith(".gguf"));
  if (gguf !== undefined) {
    return new CircuitbookError(
      `Expected ${expected} in ${place} but found ${gguf}; load the file itself: loadModel("path/to/${gguf}").`,
    );
  }
  const [other] = others;
  if (other === undefined) {
    return new CircuitbookError(`Expected ${expected} in ${place} but found no such file.`);
  }
  const adapter = other.startsWith("adapter");
  const quoted = JSON.stringify(place);
  const code = adapter
    ? `PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("base"), ${quoted}).save_pretrained("converted")`
    : `AutoModelForCausalLM.from_pretrained(${quoted}).save_pretrained("converted")`;
  return new CircuitbookError(
    `Expected ${expected} in ${place} but found ${other}, a format that is not read; convert it with ${
      adapter ? "PEFT" : "transformers"
    } in Python, ${code}, and load the folder "converted".`,
  );
}

/** Returns the names of the files in a folder; none if there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const info = await infoOf(folder);
  if (!info?.isDirectory) return [];
  return await naming("read", folder, async () => {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    return names;
  });
}

/**
 * Returns the file names of the shards that an index names, sorted, each once.
 *
 * @param path the index, for messages.
 * @throws CircuitbookError if the index has no map of weights, or names a file outside its folder.
 */
export function shardNames(index: unknown, path: string): string[] {
  const parsed = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(index);
  if (!parsed.success) {
    throw new CircuitbookError(`Expected a "weight_map" of tensor names to files in ${path}.`);
  }
  const names = [...new Set(Object.values(parsed.data.weight_map))].sort();
  if (!names.length) {
    throw new CircuitbookError(
      `Expected at least one shard in ${path} but found none; fetch the file again.`,
    );
  }
  const outside = names.find((name) => !staysInside(name));
  if (outside !== undefined) {
    throw new CircuitbookError(
      `Expected shards inside the model's folder but found "${outside}" in ${path}.`,
    );
  }
  return names;
}

/**
 * Returns whether a relative file name stays in its folder: it is not absolute, and has no `..`,
 * drive or backslash.
 */
export function staysInside(name: string): boolean {
  if (
    !name || name.includes("\\") || name.includes("\0") || /^[A-Za-z]:/.test(name) ||
    isAbsolute(name)
  ) return false;
  return !name.split("/").includes("..");
}
