import { checkArguments, is } from "../../base/arguments.ts";
import { aQuestion, aTokenizer } from "../kinds.ts";
import type { TextTokenizer } from "../text/tokenizer.ts";
import { tokensOfText } from "../text/token_spans.ts";
import { laidOut, type PromptSpans, type VerificationTemplate } from "./prompts.ts";
import type { Question } from "./questions.ts";

/** A prompt as tokens, with the positions of its parts. */
export interface LocatedPrompt {
  /** The prompt. */
  readonly text: string;
  /** The token ids of the prompt. */
  readonly tokens: readonly number[];
  /**
   * The token positions of each part; a part that occurs several times has the positions of all
   * occurrences.
   */
  readonly positions: Readonly<Record<keyof PromptSpans, readonly number[]>>;
}

/**
 * Returns a question's prompt as tokens, with the positions of the target, of the attempt, and of
 * the digits of its result. Heads that compare target and result attend from and to these
 * positions.
 *
 * @param question the question.
 * @param tokenizer the tokenizer of the model that is asked.
 * @param template the template of the prompt.
 * @returns the prompt with its positions.
 * @throws CircuitbookError if the tokens do not decode to the prompt.
 *
 * @example
 * ```ts
 * import { loadModel, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-base");
 * const question = {
 *   numbers: [11, 5, 68],
 *   target: 62,
 *   attempt: "68 - 11 + 5 = 57 + 5 = 62",
 *   result: "62",
 * };
 * const { tokens, positions } = verification.locate(question, tokenizer, "short");
 * assertEquals(tokenizer.pieces(positions.target.map((at) => tokens[at])), ["6", "2"]);
 * ```
 */
export function locate(
  question: Question,
  tokenizer: TextTokenizer,
  template: VerificationTemplate,
): LocatedPrompt {
  checkArguments("locate", {
    question: [question, aQuestion],
    tokenizer: [tokenizer, aTokenizer],
    template: [template, is.oneOf("short", "full")],
  });

  const { text, spans } = laidOut(question, template);
  const tokens = tokenizer.encode(text);
  const at = tokensOfText(text, tokens, tokenizer);
  const all = (name: keyof PromptSpans) => spans[name].flatMap(at);
  return {
    text,
    tokens,
    positions: { target: all("target"), attempt: all("attempt"), result: all("result") },
  };
}
