import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { blockRandom, integer, type Random } from "../../base/random.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../../base/options.ts";
import { make } from "./make.ts";
import { type ChatTokenizer, prompt } from "./prompt.ts";
import type { Story } from "./stories.ts";
import { correction, drawnStory, firstPass, recheck } from "./tell.ts";

/** A word problem with a worked chain of thought, to learn from. */
export interface WorkedText {
  /** The prompt of the problem, up to where the chain of thought begins. */
  readonly prompt: string;
  /** The chain of thought and the answer after it, without an end token. */
  readonly completion: string;
  /** The answer. */
  readonly answer: string;
}

/** Which texts of the endless corpus. */
export interface WorkedTextOptions {
  /** How many texts a block has. Default 256. */
  readonly n?: number;
  /** The seed of all draws. Default 0. */
  readonly seed?: number;
  /** The number of the block, from 0. Default 0. */
  readonly block?: number;
}

const schema = z.strictObject({
  n: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  block: wholeNumber.min(0, "to be a whole number from 0 on").optional(),
});

/** The share of first passes that come to a wrong result. */
const SLIPS = 0.25;

/** By how much a slip misses the answer. */
const SLIP_SIZES = [-2, -1, 1, 2, 10];

/** The chance that another check follows a check. */
const ONE_MORE = 0.35;

/** The chance that a check follows the closing sentence. */
const DOUBT = 0.25;

/** The most checks before a closing sentence. */
const MOST_CHECKS = 4;

/** The questions on which models are scored and studied; the file of the repository has 48. */
const heldOut = new Set(make({ n: 216, seed: 1 }).map(({ question }) => question));

/**
 * Returns a block of word problems with worked chains of thought, as reasoning models write them.
 * The chain states the answer and checks it once to four times; in one chain of four, one to four
 * checks follow the closing sentence as well. One first pass in four comes to a wrong result; the
 * check finds the slip, and the chain corrects it. No text asks one of the first 216 questions that
 * {@link make} makes from seed 1; the file that comes with the repository has 48 of them.
 *
 * The same seed, block and size give the same texts.
 *
 * @param tokenizer the tokenizer whose chat template the prompts use.
 * @param options which block, of which size.
 * @returns the texts.
 * @throws CircuitbookError if an option has the wrong type.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const plain = { chat: () => "" };
 * const [{ completion, answer }] = wordProblems.corpus(plain, { n: 1, seed: 1 });
 * assert(completion.endsWith(`</think>\n\n\\boxed{${answer}}`));
 * ```
 */
export function corpus(tokenizer: ChatTokenizer, options: WorkedTextOptions = {}): WorkedText[] {
  checkArguments("corpus", { tokenizer: [tokenizer, is.like("a tokenizer", "chat")] });
  checkOptions(options, schema, "wordProblems.corpus");
  const { n = 256, seed = 0, block = 0 } = options;

  const random = blockRandom(seed, block);
  return Array.from({ length: n }, (_, i) => {
    const story = drawnUnseen(random, i);
    const answer = String(story.answer);
    return {
      prompt: prompt(story, tokenizer),
      completion: `${chainOf(random, story)}\n</think>\n\n\\boxed{${answer}}`,
      answer,
    };
  });
}

/** Returns a story whose question is not held out. */
function drawnUnseen(random: Random, n: number): Story {
  let story = drawnStory(random, n);
  while (heldOut.has(story.question)) story = drawnStory(random, n);
  return story;
}

/** Returns a chain of thought that checks its answer, and corrects a slip if it makes one. */
function chainOf(random: Random, story: Story): string {
  const { answer, conclusion } = story;
  const result = random() < SLIPS ? slip(random, answer) : answer;
  const lines = [firstPass(story, result)];
  if (result !== answer) lines.push(correction(random, story, result));
  lines.push(...checks(random, story), conclusion);
  if (random() < DOUBT) lines.push(...checks(random, story), conclusion);
  return lines.join("\n");
}

/** Returns a wrong result above 0 near the answer. */
function slip(random: Random, answer: number): number {
  const sizes = SLIP_SIZES.filter((size) => answer + size > 0);
  return answer + sizes[integer(random, 0, sizes.length - 1)];
}

/** Returns one check or more of the answer. */
function checks(random: Random, story: Story): string[] {
  const lines = [recheck(random, story)];
  while (lines.length < MOST_CHECKS && random() < ONE_MORE) lines.push(recheck(random, story));
  return lines;
}
