import type { When } from "../../model/plan/edit.ts";
import type { TextOfTokens } from "../countdown/rows.ts";
import { tokensOf, tokenSpans } from "../countdown/token_spans.ts";
import { laidOut, type PromptSpans, type VerificationTemplate } from "./prompts.ts";
import type { Question } from "./question.ts";

/** What finding the parts of a prompt needs of a tokenizer. */
export interface TextTokenizer extends TextOfTokens {
  encode(text: string): number[];
}

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

/**
 * When an edit acts that leaves the task itself alone: on every token from the attempt on, in runs over these prompts.
 *
 * @param prompts in the order of the run's rows.
 *
 * @example
 * ```ts
 * import { verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const prompt = { text: "", tokens: [5, 6, 7], positions: { target: [0], attempt: [1], result: [2] } };
 * const when = verification.fromAttempt([prompt]);
 * assertEquals(typeof when === "function" && when({ tokens: [5, 6], promptLength: 3, row: 0 }), true);
 * ```
 */
export function fromAttempt(prompts: readonly LocatedPrompt[]): When {
  return ({ tokens, row }) => tokens.length > prompts[row].positions.attempt[0];
}
