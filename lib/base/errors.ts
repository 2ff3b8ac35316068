import { levenshteinDistance } from "deno-std/text/mod.js";
import { excerpt, shortened } from "./shortened.ts";

/**
 * Every error that the library throws on purpose: bad input, a missing device, an interrupted run.
 *
 * Messages have the form "Expected … but found …; what to do." They quote at most 200 characters of
 * a value.
 *
 * @example
 * ```ts
 * import { CircuitbookError } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(new CircuitbookError("Expected a layer from 0 to 7 but found 9.") instanceof Error);
 * ```
 */
export class CircuitbookError extends Error {
  /** The name of the class, which stands before the message in a stack trace. */
  override name = "CircuitbookError";

  /**
   * Makes an error.
   *
   * @param message What was expected, what was found and what to do; long values in the message are
   * shortened.
   * @param options The error that caused this one, as `cause`.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(shortened(message), options);
  }
}

/**
 * Thrown into the awaited call when a run is stopped (Stop button, SIGINT or an `AbortSignal`).
 *
 * @example
 * ```ts
 * import { InterruptedError, progress } from "circuitbook";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => progress.throwIfStopped(AbortSignal.abort()), InterruptedError);
 * ```
 */
export class InterruptedError extends CircuitbookError {
  /** The name of the class, which stands before the message in a stack trace. */
  override name = "InterruptedError";
}

/** Characters of a misspelt name that are compared. */
const LONGEST_NAME = 200;

/**
 * Returns the candidates nearest to a misspelt name by edit distance, nearest first.
 *
 * @param name The misspelt name.
 * @param candidates The names that exist.
 * @param count How many candidates to return at most.
 * @returns At most `count` different candidates.
 *
 * @example
 * ```ts
 * import { nearestNames } from "./errors.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearestNames("hook_embd", ["hook_embed", "logits"], 1), ["hook_embed"]);
 * ```
 */
export function nearestNames(name: string, candidates: Iterable<string>, count = 3): string[] {
  // The time of a comparison grows with both lengths, and no real name is longer.
  const start = name.slice(0, LONGEST_NAME);
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: levenshteinDistance(start, candidate) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/**
 * Returns the message of an error, or any other thrown value as text. Messages of foreign errors
 * are cut to 200 characters, because they may quote a whole file.
 */
export function messageOf(error: unknown): string {
  if (error instanceof CircuitbookError) return error.message;
  return excerpt(error instanceof Error ? error.message : String(error));
}
