import { dirname, join, relative, toFileUrl } from "deno-std/path/mod.js";
import { type Example, examplesCode, examplesIn } from "./examples.ts";
import { filesIn } from "./files_in.ts";
import type { Selection } from "./selection.ts";

/** A module of tests that `deno test` runs in an isolate of its own. */
export interface TestModule {
  /** The part of the library that is tested, such as `model`. */
  readonly room: string;
  readonly code: string;
}

/**
 * Rooms whose tests take longer than the size of their code suggests, because the tests start
 * kernels, tasks or browsers, or compile for a GPU. The slowest room is first.
 */
const LONG_ROOMS = ["notebook", "commands", "model", "live", "studies", "package", "train"];

/**
 * Returns a module for each room of the library with the room's test files and examples. `deno
 * test` loads the library anew for each module that it is given, which takes a second: more than
 * most test files need.
 *
 * @param root the folder of the repository.
 * @param selection what is to be tested.
 * @returns the modules: first those of {@link LONG_ROOMS}, then the others by the size of their
 * code, the largest first. `deno test` starts modules in order, and a long module that starts last
 * would run alone.
 */
export async function testModules(root: string, selection: Selection): Promise<TestModule[]> {
  const tests = (await Promise.all(
    selection.tests.map((path) => filesIn(join(root, path), "_test.ts")),
  )).flat();
  const examples = (await Promise.all(selection.examples.map((path) => examplesIn(root, path))))
    .flat();
  const testsOf = Map.groupBy(tests, (path) => roomOf(relative(root, path)));
  const examplesOf = Map.groupBy(examples, ({ file }) => roomOf(file));
  const rooms = [...new Set([...testsOf.keys(), ...examplesOf.keys()])];
  const sized = await Promise.all(rooms.map(async (room) => {
    const files = testsOf.get(room) ?? [];
    const own = examplesOf.get(room) ?? [];
    const sizes = await Promise.all(files.map(async (path) => (await Deno.stat(path)).size));
    const size = [...sizes, ...own.map(({ code }) => code.length)].reduce((a, b) => a + b, 0);
    return { size, room, code: moduleOf(root, files, own) };
  }));
  const placeOf = ({ room }: TestModule) =>
    LONG_ROOMS.includes(room) ? LONG_ROOMS.indexOf(room) : LONG_ROOMS.length;
  return sized.sort((a, b) => placeOf(a) - placeOf(b) || b.size - a.size)
    .map(({ room, code }) => ({ room, code }));
}

function moduleOf(root: string, files: readonly string[], examples: readonly Example[]): string {
  return [
    "// @ts-nocheck: types are checked by deno task check.",
    ...files.map((path) => `import ${JSON.stringify(toFileUrl(path).href)};`),
    examplesCode(root, examples),
  ].join("\n");
}

/**
 * Returns the part of the library that a file belongs to, such as `model` of
 * `lib/model/engine/device.ts`.
 */
function roomOf(file: string): string {
  const [, room] = dirname(file).split("/");
  return room ?? "lib";
}
