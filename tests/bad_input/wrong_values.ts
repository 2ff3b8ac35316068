import { CircuitbookError } from "circuitbook";
import { assert } from "@std/assert";

/** A function of the library, called as a cell that is not type-checked may call it. */
export type Call = (...values: unknown[]) => unknown;

/**
 * A folder for the files of functions that read any text as a path. The process keeps its working
 * folder and its environment, which other tests share. An absolute path is no Hub id, so that
 * nothing is looked up.
 */
const scratch = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(scratch, { recursive: true }));

/** Values that are wrong for most arguments, each with its text for messages. */
export const WRONG = new Map<string, unknown>([
  ["undefined", undefined],
  ["null", null],
  ["7", 7],
  ["a text", `${scratch}/text`],
  ["{}", {}],
  ["[]", []],
  ["a function", () => 0],
]);

/**
 * Holds that a call throws nothing, or an error of the library rather than one of JavaScript
 * itself.
 */
export async function refusesInWords(call: () => unknown, written: string): Promise<void> {
  const error = await failure(call);
  assert(error === undefined || error instanceof CircuitbookError, `${written} threw ${error}`);
}

async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
}
