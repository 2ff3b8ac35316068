import { CircuitbookError } from "../../base/errors.ts";

/** The environment variable that says with how many threads a process computes. */
export const THREADS_VARIABLE = "CIRCUITBOOK_THREADS";

/**
 * Returns with how many threads each session computes: what the environment variable
 * `CIRCUITBOOK_THREADS` says, or undefined for one thread a core. Several processes on one machine
 * are faster with a share of the cores each: with more threads than cores, every operator waits for
 * a thread of its session that has no core.
 *
 * @throws CircuitbookError if the variable is set to something other than a whole number of at
 * least 1.
 */
export function threadsAsked(): number | undefined {
  const asked = Deno.env.get(THREADS_VARIABLE);
  if (!asked) return undefined;
  const threads = Number(asked);
  if (Number.isSafeInteger(threads) && threads >= 1) return threads;
  throw new CircuitbookError(
    `Expected a whole number of at least 1 in ${THREADS_VARIABLE} but found "${asked}".`,
  );
}
