import pl from "nodejs-polars";
import { z } from "zod";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { Jacobians } from "./jacobians.ts";
import { unpaddedStreams, vectorsOf } from "./streams.ts";

/** What a layer says at one position. */
export interface ClassReading
  extends Record<`p(${string})`, number>, Record<`rank(${string})`, number> {
  readonly layer: number;
  readonly example: number;
  readonly token: string;
  readonly said: string;
}

/** What the lens reads besides probabilities. */
export interface ClassOptions {
  /** Also the rank of the first token of each class among so many most probable ones, as `rank(class)`; Infinity where none is there. */
  readonly k?: number;
  /** Carry each layer's stream to the last one first, as the Jacobian lens does. */
  readonly through?: Jacobians;
}

const classSchema = z.strictObject({
  k: atLeastOne.optional(),
  through: z.instanceof(Jacobians, { error: "to be Jacobians" }).optional(),
});

/**
 * What the logit lens says in words of some classes, as a table: `layer`, `example`, `token` (the most probable one), `said`
 * (its class, or `other`), and the probability of each class as `p(class)`. `example` counts the positions that were tapped,
 * row by row.
 *
 * @param cache a run with `hook_resid_post` of some layers tapped, at chosen positions.
 * @param classes tokens by what they say, such as `{ right: […], wrong: […] }`.
 * @throws CircuitbookError when no residual stream was tapped, or padding would be read.
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
  classes: Readonly<Record<string, readonly number[]>>,
  options: ClassOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, classSchema, "classLens");
  const { k, through } = options;
  return pl.DataFrame(
    await readClasses(model, through ? await through.carry(model, cache) : cache, classes, k),
  );
}

/** What the logit lens says, as plain rows. */
export async function readClasses(
  model: Model,
  cache: Cache,
  classes: Readonly<Record<string, readonly number[]>>,
  k?: number,
): Promise<ClassReading[]> {
  const readings = await Promise.all(
    unpaddedStreams(cache).map(async ({ name, layer }) => {
      const asked = Object.values(classes).flat();
      const { tokens, asked: scores } = await model.unembed(vectorsOf(cache.get(name)), {
        k: k ?? 1,
        tokens: asked,
      });
      const [examples, width] = tokens.shape;
      return Array.from({ length: examples }, (_, example): ClassReading => {
        const best = [...tokens.data.subarray(example * width, (example + 1) * width)];
        return {
          layer,
          example,
          token: model.tokenizer.pieces([best[0]])[0],
          said: Object.entries(classes).find(([, ids]) => ids.includes(best[0]))?.[0] ?? "other",
          ...massesOf(
            classes,
            scores.data.subarray(example * asked.length, (example + 1) * asked.length),
          ),
          ...k === undefined ? {} : ranksOf(classes, best),
        };
      });
    }),
  );
  return readings.flat();
}

/** The rank of the first token of each class among the most probable ones. */
function ranksOf(
  classes: Readonly<Record<string, readonly number[]>>,
  best: readonly number[],
): Record<`rank(${string})`, number> {
  return Object.fromEntries(
    Object.entries(classes).map(([name, ids]) => {
      const index = best.findIndex((id) => ids.includes(id));
      return [`rank(${name})`, index < 0 ? Infinity : index + 1];
    }),
  );
}

/** The probability of each class, from the log-probabilities of all their tokens in order. */
function massesOf(
  classes: Readonly<Record<string, readonly number[]>>,
  logProbabilities: ArrayLike<number>,
): Record<`p(${string})`, number> {
  let at = 0;
  return Object.fromEntries(
    Object.entries(classes).map(([name, ids]) => [
      `p(${name})`,
      ids.reduce((sum) => sum + Math.exp(logProbabilities[at++]), 0),
    ]),
  );
}
