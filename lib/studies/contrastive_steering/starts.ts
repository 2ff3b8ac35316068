import { checkArguments, is } from "../../base/arguments.ts";
import { anExample } from "./kinds.ts";
import { addedText } from "../../model/generation/added_text.ts";
import { aReasoningProblem } from "../../tasks/kinds.ts";
import { type Example, type Place, positionOf } from "./examples.ts";
import type { ReasoningProblem } from "../../tasks/reasoning/problem.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";

/** The start of a text that a model is to continue. */
export interface Start {
  /** The problem. */
  readonly problem: ReasoningProblem;
  /** The token ids of the start. */
  readonly tokens: readonly number[];
  /** The part of the chain of thought that the start has already. */
  readonly before: string;
}

/**
 * Returns the examples cut off after the end of one sentence that states the answer. For "second",
 * only examples with at least four such sentences are used, so that the cut is well inside the
 * chain of thought.
 *
 * @param examples the examples.
 * @param place which sentence.
 * @param tokenizer the tokenizer that made the tokens.
 * @returns the starts.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const tokens = tokenizer.encode("<think> 7. 7.");
 * const problem = { id: "a", prompt: "<think>", answer: "7", correct: () => true };
 * const promptLength = tokenizer.encode("<think>").length;
 * const example = { problem, tokens, promptLength, ends: [tokens.length - 4, tokens.length - 1] };
 * assertEquals(contrastive.startsAt([example], "first", tokenizer)[0].before, " 7.");
 * ```
 */
export function startsAt(
  examples: readonly Example[],
  place: Place,
  tokenizer: Pick<TextTokenizer, "decode">,
): Start[] {
  checkArguments("startsAt", {
    examples: [examples, is.listOf(anExample)],
    place: [place, is.oneOf("first", "second", "last")],
    tokenizer: [tokenizer, is.like("an object", "decode")],
  });

  return examples.filter(({ ends }) => place !== "second" || ends.length >= 4).map((example) => {
    const { problem, promptLength } = example;
    const tokens = example.tokens.slice(0, positionOf(example, place) + 1);
    const prompt = tokens.slice(0, promptLength);
    return { problem, tokens, before: addedText(tokenizer, prompt, tokens.slice(promptLength)) };
  });
}

/**
 * Returns the prompts of problems as starts, without any chain of thought.
 *
 * @param problems the problems.
 * @param tokenizer the tokenizer of the model that is to write.
 * @returns one start a problem.
 *
 * @example
 * ```ts
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = { id: "a", prompt: "1 + 1 =", answer: "2", correct: () => true };
 * const [{ before }] = contrastive.startsOf([problem], { encode: () => [1, 2] });
 * assertEquals(before, "");
 * ```
 */
export function startsOf(
  problems: readonly ReasoningProblem[],
  tokenizer: Pick<TextTokenizer, "encode">,
): Start[] {
  checkArguments("startsOf", {
    problems: [problems, is.listOf(aReasoningProblem)],
    tokenizer: [tokenizer, is.like("an object", "encode")],
  });

  return problems.map((problem) => ({
    problem,
    tokens: tokenizer.encode(problem.prompt),
    before: "",
  }));
}
