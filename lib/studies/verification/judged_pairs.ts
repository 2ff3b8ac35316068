import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../../base/options.ts";
import type { Model } from "../../model/model.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { matchedPairs } from "../../tasks/countdown/alterations/matched_pairs.ts";
import { templateFor } from "../../tasks/countdown/prompts/template.ts";
import { pairs as propertyPairs } from "../../tasks/property/pairs.ts";
import type { JudgedPair } from "./judged_pair.ts";

/** A task in which results are judged. */
export type JudgingTask = "countdown" | "property";

/** How many pairs {@link judgedPairs} returns, and of which problems. */
export interface JudgedPairsOptions {
  /** How many pairs. */
  readonly n: number;
  /** The seed of the problems and of the results. */
  readonly seed: number;
}

const optionsSchema = z.strictObject({ n: atLeastOne, seed: wholeNumber });

/**
 * Returns pairs of a right and a wrong result of one task, in chains of the form that the model
 * writes, cut at the `(` before the verdict. The two texts of a countdown pair differ in the
 * target, those of a property pair in the result.
 *
 * @param model the model, for its tokenizer.
 * @param task "countdown": results that are the target or not. "property": results that have a
 * property or not.
 * @param options how many pairs, and the seed of their problems.
 * @returns the pairs.
 * @throws CircuitbookError if an option is of the wrong kind, or if the tokenizer makes texts of a
 * pair unequally long.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [{ correct, wrong }] = verificationStudy.judgedPairs(model, "property", { n: 1, seed: 2 });
 * assertEquals(correct.length, wrong.length);
 * ```
 */
export function judgedPairs(
  model: Model,
  task: JudgingTask,
  options: JudgedPairsOptions,
): JudgedPair[] {
  checkArguments("judgedPairs", {
    model: [model, aModel],
    task: [task, is.oneOf("countdown", "property")],
  });
  checkOptions(options, optionsSchema, "judgedPairs");
  const { tokenizer } = model;
  if (task === "property") return propertyPairs(tokenizer, options);
  const template = templateFor(tokenizer);
  return matchedPairs(tokenizer, { ...options, order: "random", template }).pairs;
}
