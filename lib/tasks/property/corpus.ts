import { z } from "zod";
import { atLeastOne, checkOptions, wholeNumber, yesOrNo } from "../../base/options.ts";
import { blockRandom, integer, type Random } from "../../base/random.ts";
import { phrasings, type VerdictForm } from "../countdown/corpus/phrasings.ts";
import { trialOf } from "../countdown/problems/trials.ts";
import { chainOf, MOST_WRONG, trialsWithout } from "./chains.ts";
import { drawnProblem } from "./problems.ts";

/** Settings of {@link corpus}. */
export interface PropertyCorpusOptions {
  /** How many texts a block has. Default 1,024. */
  n?: number;
  /** The index of the block; the corpus is endless. Default 0. */
  block?: number;
  /** The seed of the draws. Default 0. */
  seed?: number;
  /** Whether texts are over the numbers that are held out, to validate with. Default false. */
  held?: boolean;
}

const corpusSchema = z.strictObject({
  n: atLeastOne.optional(),
  block: wholeNumber.min(0, "to be a whole number from 0 on").optional(),
  seed: wholeNumber.optional(),
  held: yesOrNo.optional(),
});

/** The share of texts whose verdicts are in brackets; the others have sentences. */
const BRACKETS = 0.65;

/**
 * Returns a block of the texts that `property-base` learned the task from: chains of thought whose
 * verdicts have many words, English and Chinese. All stated results are true.
 *
 * The same seed, block and size give the same texts.
 *
 * @param options which block, and over which numbers.
 * @returns the texts, each of which ends with `<|endoftext|>`.
 * @throws CircuitbookError if an option is unknown or of the wrong kind.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [{ text }] = property.corpus({ n: 1, block: 7, seed: 1 });
 * assert(text.endsWith("<|endoftext|>"));
 * ```
 */
export function corpus(options: PropertyCorpusOptions = {}): { text: string }[] {
  checkOptions(options, corpusSchema, "corpus");
  const { n = 1024, block = 0, seed = 0, held = false } = options;

  const random = blockRandom(seed, block);
  return Array.from({ length: n }, () => {
    const problem = drawnProblem(random, { held });
    const before = trialsWithout(random, problem, integer(random, 0, MOST_WRONG));
    const form = random() < BRACKETS ? "brackets" : "sentence";
    const tried = [...before, trialOf(problem.solution)];
    const { text } = chainOf(problem, tried, (right) => phrased(random, form, right));
    return { text: `${text}<|endoftext|>` };
  });
}

/** The form that a tuned model settles on occurs three times as often as each other form. */
const CANONICAL_WRONG = ["not it", "not it"];

/**
 * Returns a verdict in words drawn at random: countdown's phrasings, except those that name the
 * target.
 */
function phrased(random: Random, form: VerdictForm, right: boolean): string {
  const common = phrasings[form][right ? "right" : "wrong"].filter((words) =>
    !words.includes("{") && !words.includes("target")
  );
  const list = !right && form === "brackets" ? [...common, ...CANONICAL_WRONG] : common;
  const words = list[integer(random, 0, list.length - 1)];
  return form === "brackets" ? ` (${words})` : words;
}
