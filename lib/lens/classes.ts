import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aCache, aModel } from "../model/plan/kinds.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import type { Model } from "../model/model.ts";
import type { Cache } from "../model/plan/cache.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { Jacobians } from "./jacobians.ts";
import { examplesOf, unpaddedStreams } from "./streams.ts";
import { classOf, type TokenClasses } from "./token_classes.ts";

/** The tokens that one layer promotes at one position, by class. */
export interface ClassReading
  extends Record<`p(${string})`, number>, Record<`rank(${string})`, number> {
  /** The layer, from 0. */
  readonly layer: number;
  /** The index of the tapped position, counted row by row. */
  readonly example: number;
  /** The most probable token. */
  readonly token: string;
  /** The class of the most probable token, or `other`. */
  readonly said: string;
}

/** The options of {@link classLens}. */
export interface ClassLensOptions {
  /**
   * Adds the column `rank(class)` for each class: the best rank of its tokens, from 1, among this
   * many most probable tokens; Infinity if none of its tokens is among them. Default: no ranks.
   */
  readonly k?: number;
  /** Jacobians that carry the stream of each layer to the last layer first. Default: none. */
  readonly through?: Jacobians;
}

const classSchema = z.strictObject({
  k: atLeastOne.optional(),
  through: z.instanceof(Jacobians, { error: "to be Jacobians" }).optional(),
});

/**
 * Returns the probability that the logit lens gives to each class of tokens, for every layer and
 * position.
 *
 * @param model the model of the run.
 * @param cache a run with `hook_resid_post` of some layers tapped, at chosen positions.
 * @param classes token ids by what they say, such as `{ right: […], wrong: […] }`.
 * @param options whether ranks are added, and whether streams are carried to the last layer first.
 * @returns a table with one row for each layer and position, with the probability of each class as
 * `p(class)`.
 * @throws CircuitbookError if no residual stream was tapped, or a tapped position is padding.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const cache = await model.run("11 + 5 = ", { tap: "blocks.*.hook_resid_post", positions: [-1] });
 * const table = await lens.classLens(model, cache, { one: [model.tokenizer.idOf("1")] });
 * assertEquals(table.columns, ["layer", "example", "token", "said", "p(one)"]);
 * ```
 */
export async function classLens(
  model: Model,
  cache: Cache,
  classes: TokenClasses,
  options: ClassLensOptions = {},
): Promise<TableOf<ClassReading>> {
  checkArguments("classLens", {
    model: [model, aModel],
    cache: [cache, aCache],
    classes: [classes, is.recordOf(is.numbers)],
  });

  checkOptions(options, classSchema, "classLens");
  const { k, through } = options;
  const streams = through ? await through.carry(model, cache) : cache;
  return tableOf(await readClasses(model, streams, classes, k));
}

/**
 * Returns the rows of {@link classLens}.
 *
 * @param k how many tokens are ranked; without it there are no ranks.
 */
export async function readClasses(
  model: Model,
  cache: Cache,
  classes: TokenClasses,
  k?: number,
): Promise<ClassReading[]> {
  const readings = await Promise.all(
    unpaddedStreams(cache).map(async ({ name, layer }) => {
      const asked = Object.values(classes).flat();
      const { tokens, asked: scores } = await model.unembed(examplesOf(cache.get(name)), {
        k: k ?? 1,
        tokens: asked,
      });
      const [examples, width] = tokens.shape;
      return Array.from({ length: examples }, (_, example): ClassReading => {
        const best = [...tokens.data.subarray(example * width, (example + 1) * width)];
        const own = scores.data.subarray(example * asked.length, (example + 1) * asked.length);
        return {
          layer,
          example,
          token: model.tokenizer.pieces([best[0]])[0],
          said: classOf(classes, best[0]),
          ...massesOf(classes, own),
          ...k === undefined ? {} : ranksOf(classes, best),
        };
      });
    }),
  );
  return readings.flat();
}

/** Returns the best rank of the tokens of each class, given the ids of the most probable tokens. */
function ranksOf(
  classes: TokenClasses,
  best: readonly number[],
): Record<`rank(${string})`, number> {
  return Object.fromEntries(
    Object.entries(classes).map(([name, ids]) => {
      const index = best.findIndex((id) => ids.includes(id));
      return [`rank(${name})`, index < 0 ? Infinity : index + 1];
    }),
  );
}

/**
 * Returns the probability of each class, given the log-probabilities of the tokens of all classes,
 * in order.
 */
function massesOf(
  classes: TokenClasses,
  logProbabilities: ArrayLike<number>,
): Record<`p(${string})`, number> {
  let next = 0;
  return Object.fromEntries(
    Object.entries(classes).map(([name, ids]) => [
      `p(${name})`,
      ids.reduce((sum) => sum + Math.exp(logProbabilities[next++]), 0),
    ]),
  );
}
