import {
  type PromptLookup,
  templateFor as countdownTemplate,
} from "../countdown/prompts/template.ts";
import type { Span } from "../text/token_spans.ts";
import type { Question } from "./questions.ts";

/** The names of the prompt templates. */
export type VerificationTemplate = "short" | "full";

/** The characters of the parts of a prompt; repeated parts are in order. */
export interface PromptSpans {
  /** The target, wherever it is named outside the attempt. */
  target: Span[];
  /** The attempt up to its result, wherever it is written. */
  attempt: Span[];
  /**
   * The digits of the stated result: at the end of the attempt, and wherever the result is
   * repeated.
   */
  result: Span[];
}

type Name = keyof PromptSpans;

/** A prompt in pieces: plain text, and named parts. */
type Pieces = (string | readonly [Name, string])[];

const layouts: Readonly<Record<VerificationTemplate, (question: Question) => Pieces>> = {
  short: (question) => [
    `User: Using the numbers [${question.numbers.join(", ")}], create an equation that equals `,
    target(question),
    ".\nAttempt: ",
    ...attempt(question),
    "\nIs the attempt correct? Answer only in 'Yes' or 'No'.\nAssistant: The attempt gives ",
    ...result(question),
    ". Therefore, the final answer is",
  ],

  full: (question) => {
    const numbers = `[${question.numbers.join(" ")}]`;
    return [
      "A conversation between User and Assistant.\n" +
      `The User is given a set of numbers ${numbers} to create an equation that equals `,
      target(question),
      ".\n",
      "The User can use basic arithmetic operations (+, -, *, /) and each number can only be used once.\n" +
      "The following is the User's attempt:\n",
      ...attempt(question),
      "\nYour job as an Assistant is to verify if this attempt is correct or not.\n" +
      "Is the User's attempt correct? Answer only in 'Yes' or 'No'.\n" +
      "Assistant: Let me think about this step by step.\n" +
      `The User is given the set of numbers ${numbers} and must create an equation that equals `,
      target(question),
      ".\nThe User's attempt is ",
      ...attempt(question),
      ". Therefore, the final answer is",
    ];
  },
};

/**
 * The prompts that ask whether an attempt is correct, by template. The next token is Yes or No.
 *
 * `full` is the prompt of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV, character for character;
 * `short` is the prompt that the embedded base model learned.
 *
 * @example
 * ```ts
 * import { verification } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const question = {
 *   numbers: [79, 17, 60],
 *   target: 36,
 *   attempt: "79 - 60 + 17 = 19 + 17 = 36",
 *   result: "36",
 * };
 * assert(
 *   verification.prompts.full(question).endsWith(
 *     "is 79 - 60 + 17 = 19 + 17 = 36. Therefore, the final answer is",
 *   ),
 * );
 * ```
 */
export const prompts: Readonly<Record<VerificationTemplate, (question: Question) => string>> = {
  short: (question) => joined(layouts.short(question)).text,
  full: (question) => joined(layouts.full(question)).text,
};

/** Returns a prompt and the characters of its parts. */
export function laidOut(
  question: Question,
  template: VerificationTemplate,
): { text: string; spans: PromptSpans } {
  return joined(layouts[template](question));
}

/**
 * Returns the template that a model can be asked with: `short` for models that learned the short
 * prompt of countdown problems, as the embedded models did, and `full` for all others.
 *
 * @param tokenizer the model's tokenizer.
 * @returns the name of the template.
 *
 * @example
 * ```ts
 * import { loadModel, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-base");
 * assertEquals(verification.templateFor(tokenizer), "short");
 * ```
 */
export function templateFor(tokenizer: PromptLookup): VerificationTemplate {
  return countdownTemplate(tokenizer) === "short" ? "short" : "full";
}

function target({ target }: Question): readonly [Name, string] {
  return ["target", String(target)];
}

function attempt(question: Question): Pieces {
  return [["attempt", question.attempt.slice(0, -question.result.length)], ...result(question)];
}

/** Returns the sign, and the digits as a named part. */
function result({ result }: Question): Pieces {
  const [sign] = result.match(/^[-−]? ?/)!;
  return [sign, ["result", result.slice(sign.length)]];
}

function joined(pieces: Pieces): { text: string; spans: PromptSpans } {
  const spans: PromptSpans = { target: [], attempt: [], result: [] };
  let text = "";
  for (const piece of pieces) {
    const [name, words] = typeof piece === "string" ? [undefined, piece] : piece;
    const span = { start: text.length, end: text.length + words.length };
    text += words;
    if (name) spans[name].push(span);
  }
  return { text, spans };
}
