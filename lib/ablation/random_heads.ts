import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../base/options.ts";
import { allHeads, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import type { HeadSet } from "./silence_sets.ts";

/** How many random sets of heads are drawn. */
export interface RandomHeadOptions {
  /** How many sets. */
  readonly sets: number;
  /** The seed of the draws. Default 0. */
  readonly seed?: number;
}

/**
 * Returns random sets of heads: a control for a chosen set. Each has as many heads as `like`, and
 * none of them.
 *
 * @param model the model whose heads are drawn.
 * @param like the chosen heads, as [layer, head].
 * @param options how many sets are drawn.
 * @returns the sets, each a list of [layer, head].
 * @throws CircuitbookError if a head does not exist, or the model has too few other heads.
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
): [layer: number, head: number][][] {
  checkArguments("randomHeadSets", { model: [model, aModel], like: [like, is.lists] });
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
      `Expected at least ${like.length} other heads but found ${others.length}; give fewer heads.`,
    );
  }
  return Array.from({ length: sets }, () => shuffle(random, others).slice(0, like.length));
}
