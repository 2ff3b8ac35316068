import { blockRandom } from "../../../base/random.ts";
import { checkArguments, is } from "../../../base/arguments.ts";
import type { Tokenizer } from "../../../checkpoint/tokenizer/tokenizer.ts";
import { drawnProblem } from "./documents.ts";
import type { Problem } from "../problems/problem.ts";
import { prompts } from "../prompts/prompts.ts";
import { templateFor } from "../prompts/template.ts";

/** A problem, and its prompt as tokens. */
export interface TuningPrompt {
  /** The problem. */
  readonly problem: Problem;
  /** The token ids of the prompt. */
  readonly tokens: number[];
}

/**
 * Returns problems for one update of tuning. About half are of the fixed and half of the random
 * search order, none is over held-out numbers, and all prompts have equally many tokens. The same
 * seed and update give the same problems.
 *
 * @param tokenizer the tokenizer of the model that is tuned.
 * @param options the seed, the index of the update, and how many problems.
 * @returns the problems with their prompts.
 *
 * @example
 * ```ts
 * import { checkpoints, countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = await checkpoints.loadTokenizer("data/models/countdown-base");
 * const prompts = countdown.tuningPrompts(tokenizer, { seed: 1, update: 3, count: 16 });
 * assertEquals(new Set(prompts.map(({ tokens }) => tokens.length)).size, 1);
 * ```
 */
export function tuningPrompts(
  tokenizer: Tokenizer,
  options: { seed: number; update: number; count: number },
): TuningPrompt[] {
  checkArguments("tuningPrompts", {
    tokenizer: [tokenizer, is.like("a tokenizer", "encode")],
    options: [options, is.like("an object", "seed", "update", "count")],
  });
  const { seed, update, count } = options;

  const random = blockRandom(seed, update);
  const write = prompts[templateFor(tokenizer)];
  const found: TuningPrompt[] = [];
  while (found.length < count) {
    const problem = drawnProblem({ random, held: false }, random() < 0.5 ? "fixed" : "random");
    const tokens = tokenizer.encode(write(problem));
    if (tokens.length === (found[0]?.tokens ?? tokens).length) found.push({ problem, tokens });
  }
  return found;
}
