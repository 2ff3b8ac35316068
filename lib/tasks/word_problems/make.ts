import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { seededRandom } from "../../base/random.ts";
import type { WordProblem } from "./problem.ts";
import { drawnStory, firstPass, recheck } from "./tell.ts";

/**
 * Returns word problems with worked chains of thought, all different. As reasoning models do, each
 * chain reaches the answer, checks it, and states it again at the end. The stories take turns; a
 * larger `n` continues the problems of the same seed.
 *
 * @param options `n`: how many problems; `seed`, default 0.
 * @returns the problems.
 * @throws CircuitbookError if `n` is not a whole number from 0 on.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [{ chain, answer }] = wordProblems.make({ n: 1, seed: 1 });
 * assert(chain.indexOf(answer) < chain.lastIndexOf(answer));
 * ```
 */
export function make(options: { n: number; seed?: number }): WordProblem[] {
  checkArguments("make", { options: [options, is.like("an object", "n")] });
  const { n, seed = 0 } = options;

  if (!Number.isSafeInteger(n) || n < 0) {
    throw new CircuitbookError(`Expected n to be a whole number from 0 on but found ${n}.`);
  }
  const random = seededRandom(seed);
  const made = new Map<string, WordProblem>();
  while (made.size < n) {
    const story = drawnStory(random, made.size);
    if (made.has(story.question)) continue;
    const lines = [firstPass(story, story.answer), recheck(random, story), story.conclusion];
    made.set(story.question, {
      id: `made-${seed}-${made.size + 1}`,
      question: story.question,
      chain: lines.join("\n"),
      answer: String(story.answer),
      calculations: [],
    });
  }
  return [...made.values()];
}
