import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../base/options.ts";
import { allHeads, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import type { HeadSet } from "./greedy.ts";

/** How many random sets are drawn. */
export interface RandomHeadOptions {
  readonly sets: number;
  readonly seed?: number;
}

/**
 * Random sets of heads, each of as many as `like` has and none of those: a control of equal size.
 *
 * @throws CircuitbookError when a head does not exist, or the model has too few others.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const sets = ablation.randomHeadSets(model, [[1, 3], [1, 5]], { sets: 20, seed: 1 });
 * assertEquals([sets.length, sets[0].length], [20, 2]);
 * ```
 */
export function randomHeadSets(
  model: Model,
  like: HeadSet,
  options: RandomHeadOptions,
): [number, number][][] {
  checkOptions(
    options,
    z.strictObject({ sets: atLeastOne, seed: wholeNumber.optional() }),
    "randomHeadSets",
  );
  const { sets, seed = 0 } = options;
  const random = seededRandom(seed);
  const taken = new Set(resolvedHeads(like, model).map(String));
  const others = allHeads(model).filter((head) => !taken.has(String(head)));
  if (others.length < like.length) {
    throw new CircuitbookError(
      `Expected at least ${like.length} other heads but found ${others.length}; choose fewer.`,
    );
  }
  return Array.from({ length: sets }, () => shuffle(random, others).slice(0, like.length));
}
