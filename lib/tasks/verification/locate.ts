import type { TextTokenizer } from "../text/tokenizer.ts";
import { tokensOf, tokenSpans } from "../text/token_spans.ts";
import { laidOut, type PromptSpans, type VerificationTemplate } from "./prompts.ts";
import type { Question } from "./questions.ts";

/** A prompt as tokens, and where its parts stand among them. */
export interface LocatedPrompt {
  readonly text: string;
  readonly tokens: readonly number[];
  /** Token positions of each part, all its occurrences in a row. */
  readonly positions: Readonly<Record<keyof PromptSpans, readonly number[]>>;
}

/**
 * A question's prompt as tokens, with the positions of the target, the attempt and the digits of its result: what heads
 * that compare the two look at, and from.
 *
 * @throws CircuitbookError when the tokenizer does not give the text back.
 *
 * @example
 * ```ts
 * import { loadModel, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-base");
 * const question = { numbers: [11, 5, 68], target: 62, attempt: "68 - 11 + 5 = 57 + 5 = 62", result: "62" };
 * const { tokens, positions } = verification.locate(question, tokenizer, "short");
 * assertEquals(tokenizer.pieces(positions.target.map((at) => tokens[at])), ["6", "2"]);
 * ```
 */
export function locate(
  question: Question,
  tokenizer: TextTokenizer,
  template: VerificationTemplate,
): LocatedPrompt {
  const { text, spans } = laidOut(question, template);
  const tokens = tokenizer.encode(text);
  const at = tokensOf(tokenSpans(text, tokenizer.pieces(tokens)));
  const all = (name: keyof PromptSpans) => spans[name].flatMap(at);
  return {
    text,
    tokens,
    positions: { target: all("target"), attempt: all("attempt"), result: all("result") },
  };
}
