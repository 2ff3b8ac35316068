import { checkArguments, is } from "../../base/arguments.ts";
import { aProblem, aWordProblem } from "../kinds.ts";
import * as countdown from "../countdown/mod.ts";
import * as wordProblems from "../word_problems/mod.ts";
import type { TextTokenizer, TokenLookup } from "../text/tokenizer.ts";
import type { ReasoningProblem } from "./problem.ts";

/** The kind of an argument that is a `PromptTokenizer`. */
const aTokenLookup = is.like("a tokenizer", "encode", "idOf");

/** The part of a tokenizer that the prompts of both tasks need. */
export type PromptTokenizer =
  & Pick<TextTokenizer, "encode">
  & TokenLookup
  & wordProblems.ChatTokenizer;

/**
 * Returns countdown problems to reason about. The answer is the target; a worked chain of thought
 * makes random attempts, then the attempt of the problem's own solution.
 *
 * @param problems countdown problems with solutions.
 * @param tokenizer the tokenizer of the model, which decides the template of the prompts.
 * @param options `seed` (default 0) draws the attempts.
 * @returns one problem for each countdown problem.
 * @throws CircuitbookError if a problem has no solution.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const [problem] = reasoning.ofCountdown(countdown.problems({ n: 1, seed: 1 }), tokenizer);
 * assertEquals(problem.correct(problem.worked!), true);
 * ```
 */
export function ofCountdown(
  problems: readonly countdown.Problem[],
  tokenizer: PromptTokenizer,
  options: { seed?: number } = {},
): ReasoningProblem[] {
  checkArguments("ofCountdown", {
    problems: [problems, is.listOf(aProblem)],
    tokenizer: [tokenizer, aTokenLookup],
    options: [options, is.object],
  });
  const { seed = 0 } = options;

  const template = countdown.templateFor(tokenizer);
  return countdown.chains(problems, { seed, order: "random", template }).map((
    { problem, prompt, completion },
  ) => ({
    id: problem.id,
    prompt,
    answer: String(problem.target),
    worked: completion,
    correct: (text) => countdown.score(text, problem).correct,
  }));
}

/**
 * Returns word problems to reason about. The worked chain of thought is the problem's own.
 *
 * @param problems word problems.
 * @param tokenizer the tokenizer of the model, whose chat template the prompts use.
 * @returns one problem for each word problem.
 *
 * @example
 * ```ts
 * import { loadModel, reasoning, wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const [problem] = reasoning.ofWords(wordProblems.make({ n: 1, seed: 1 }), tokenizer);
 * assertEquals(problem.correct(problem.worked!), true);
 * ```
 */
export function ofWords(
  problems: readonly wordProblems.WordProblem[],
  tokenizer: PromptTokenizer,
): ReasoningProblem[] {
  checkArguments("ofWords", {
    problems: [problems, is.listOf(aWordProblem)],
    tokenizer: [tokenizer, aTokenLookup],
  });

  return problems.map((problem) => ({
    id: problem.id,
    prompt: wordProblems.prompt(problem, tokenizer),
    answer: problem.answer,
    worked: `${problem.chain}\n</think>\n\n\\boxed{${problem.answer}}`,
    correct: (text) => wordProblems.score(text, problem).correct,
  }));
}
