import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";

/** What an example belongs to, such as its problem. */
export type Group = string | number;

/** Indices of the examples on either side of a split. */
export interface Split {
  training: number[];
  validation: number[];
}

/**
 * A seeded split by group: all examples of a group are on the same side, so that no probe is judged on a problem that
 * it has seen.
 *
 * @throws CircuitbookError when there are under two groups, or the share is not between 0 and 1.
 *
 * @example
 * ```ts
 * import { probing } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { training, validation } = probing.splitByGroup(["a", "a", "b", "b"], { share: 0.5, seed: 1 });
 * assertEquals([...training, ...validation].sort(), [0, 1, 2, 3]);
 * ```
 */
export function splitByGroup(
  groups: readonly Group[],
  { share = 0.25, seed = 0 }: { share?: number; seed?: number } = {},
): Split {
  if (!(share > 0 && share < 1)) {
    throw new CircuitbookError(`Expected a validation share between 0 and 1 but found ${share}.`);
  }
  const names = [...new Set(groups)];
  if (names.length < 2) {
    throw new CircuitbookError(
      `Expected examples of at least 2 groups but found ${names.length}; give examples of more problems, each with its ` +
        "problem as group.",
    );
  }
  const held = Math.min(names.length - 1, Math.max(1, Math.round(share * names.length)));
  const heldOut = new Set(shuffle(seededRandom(seed), names).slice(0, held));
  const indices = [...groups.keys()];
  return {
    training: indices.filter((i) => !heldOut.has(groups[i])),
    validation: indices.filter((i) => heldOut.has(groups[i])),
  };
}

/**
 * The same labels dealt out anew over all examples: what a probe reaches on these it reaches without the activations.
 *
 * A control for probes (after J. Hewitt and P. Liang, "Designing and interpreting probes with control tasks", EMNLP
 * 2019). They are dealt over all problems, since within a problem of one attempt nothing could change.
 *
 * @example
 * ```ts
 * import { probing } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(probing.shuffledLabels(["this", "not", "not"], { seed: 3 }).sort(), ["not", "not", "this"]);
 * ```
 */
export function shuffledLabels<T>(labels: readonly T[], { seed = 0 }: { seed?: number } = {}): T[] {
  return shuffle(seededRandom(seed), labels);
}
