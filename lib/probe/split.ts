import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";

/** What an example belongs to, such as its problem. */
export type Group = string | number;

/** The indices of the examples on either side of a split. */
export interface Split {
  /** Examples that probes are trained on. */
  training: number[];
  /** Held-out examples, which end the training and on which probes are judged. */
  validation: number[];
}

/**
 * Returns a seeded split by group: all examples of a group are on one side, so that no probe is
 * judged on a problem that it was trained on.
 *
 * @param groups the group of each example.
 * @param options the share of the groups that is held out (0.25), and the seed (0). At least one
 * group is on each side.
 * @throws CircuitbookError if there are fewer than two groups, or the share is not between 0 and 1.
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
      `Expected examples of at least 2 groups but found ${names.length}; give examples of more problems, and the ` +
        "problem of each example as its group.",
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
 * Returns the given labels in random order. The accuracy of a probe on shuffled labels is what a
 * probe reaches without information in the activations, and serves as a control.
 *
 * After J. Hewitt and P. Liang, "Designing and interpreting probes with control tasks", EMNLP 2019.
 * Labels are shuffled over all examples rather than within problems, since nothing would change in
 * a problem with one example.
 *
 * @param labels the label of each example.
 * @param options the seed. Default 0.
 * @returns the labels in another order.
 *
 * @example
 * ```ts
 * import { probing } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(probing.shuffledLabels(["this", "not", "not"], { seed: 3 }).sort(), [
 *   "not",
 *   "not",
 *   "this",
 * ]);
 * ```
 */
export function shuffledLabels<T>(
  labels: readonly T[],
  options: { readonly seed?: number } = {},
): T[] {
  checkArguments("shuffledLabels", { labels: [labels, is.list], options: [options, is.object] });

  return shuffle(seededRandom(options.seed ?? 0), labels);
}
