import { join } from "deno-std/path/mod.js";

/**
 * Returns a file, or the files of a folder and its folders whose names end with an ending, in
 * order.
 */
export async function filesIn(path: string, ending: string): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) files.push(...await filesIn(join(path, name), ending));
    else if (name.endsWith(ending)) files.push(join(path, name));
  }
  return files.sort();
}
