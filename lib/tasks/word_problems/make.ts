import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { integer, seededRandom, shuffle } from "../../base/random.ts";
import type { WordProblem } from "./problem.ts";
import { stories, type Story } from "./stories.ts";

const NAMES = [
  "Amina",
  "Boris",
  "Chen",
  "Dalia",
  "Emil",
  "Farah",
  "Goran",
  "Hana",
  "Ivo",
  "Jun",
  "Kofi",
  "Lena",
];
const CHECKS = ["Let me check.", "Wait, is that right?", "Let me make sure."];

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
    const story = stories[made.size % stories.length](random, shuffle(random, NAMES)[0]);
    if (made.has(story.question)) continue;
    const id = `made-${seed}-${made.size + 1}`;
    const chain = told(story, CHECKS[integer(random, 0, CHECKS.length - 1)]);
    made.set(story.question, {
      id,
      question: story.question,
      chain,
      answer: String(story.answer),
      calculations: [],
    });
  }
  return [...made.values()];
}

function told({ steps, check, conclusion, answer }: Story, pause: string): string {
  return `${
    steps.join(" ")
  } So the answer should be ${answer}.\n${pause} ${check} That gives ${answer} again.\n${conclusion}`;
}
