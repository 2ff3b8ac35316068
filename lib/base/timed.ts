import { checkArguments, is } from "./arguments.ts";

/**
 * Runs some work, and returns its result together with the time that it took.
 *
 * @param work the work.
 * @returns the result of the work, and the time in seconds.
 *
 * @example
 * ```ts
 * import { timed } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { result, seconds } = await timed(() => Promise.resolve(7));
 * assert(result === 7 && seconds >= 0);
 * ```
 */
export async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; seconds: number }> {
  checkArguments("timed", { work: [work, is.callable] });

  const began = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - began) / 1000 };
}
