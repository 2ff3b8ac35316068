import { join } from "deno-std/path/mod.js";
import { exists } from "../files.ts";
import { CommandError } from "../repository.ts";

/**
 * What a run of tests covers: test files or folders, and library files or folders whose examples
 * run.
 */
export interface Selection {
  readonly tests: readonly string[];
  readonly examples: readonly string[];
}

/**
 * Returns the tests and examples of some subjects. A folder, such as `lib/lens` or `tests/lens`,
 * selects the tests and the examples of its subject. A test file selects itself. A file of the
 * library selects its examples and its test file.
 *
 * @param paths files and folders, relative to the repository; none selects everything.
 * @param root the folder of the repository.
 * @throws CommandError if a path does not exist, or lies in neither `lib` nor `tests`.
 */
export async function selectionOf(paths: readonly string[], root: string): Promise<Selection> {
  if (!paths.length) return { tests: ["tests"], examples: ["lib"] };
  const tests = new Set<string>();
  const examples = new Set<string>();
  for (const given of paths) {
    const path = given.replace(/^\.\//, "").replace(/\/+$/, "");
    const [, side, rest] = /^(lib|tests)((?:\/.*)?)$/.exec(path) ?? [];
    if (side === undefined || !await exists(join(root, path))) {
      throw new CommandError(
        `Expected a file or folder in lib or tests, such as lib/lens, but found "${given}".`,
      );
    }
    if (path.endsWith("_test.ts")) {
      tests.add(path);
      continue;
    }
    const isFile = path.endsWith(".ts");
    const test = `tests${isFile ? rest.replace(/\.ts$/, "_test.ts") : rest}`;
    if (await exists(join(root, test))) tests.add(test);
    if (await exists(join(root, `lib${rest}`))) examples.add(`lib${rest}`);
  }
  return { tests: [...tests], examples: [...examples] };
}
