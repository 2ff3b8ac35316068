import { checkArguments, is } from "../../../base/arguments.ts";
import { CircuitbookError } from "../../../base/errors.ts";
import { type Span, tokensOf, tokenSpans } from "../../text/token_spans.ts";

/** The token positions of the numbers and of the target in a prompt. */
export interface PromptPositions {
  /** The digits of each number. */
  numbers: number[][];
  /** The digits of the target. */
  target: number[];
}

/**
 * Returns the token positions of the numbers and of the target in the prompt at the start of a
 * text. Heads that compare a result with the target attend to these positions.
 *
 * @param text a text that begins with a countdown prompt.
 * @param pieces the text of each token by itself.
 * @returns the positions.
 * @throws CircuitbookError if the text has no countdown prompt, or the pieces do not join to the
 * text.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const prompt = countdown.prompts.short(countdown.problem([3, 87], 90));
 * const { numbers, target } = countdown.promptPositions(prompt, [...prompt]);
 * assertEquals([numbers, target].flat(2).map((i) => prompt[i]).join(""), "38790");
 * ```
 */
export function promptPositions(text: string, pieces: readonly string[]): PromptPositions {
  checkArguments("promptPositions", { text: [text, is.text], pieces: [pieces, is.texts] });

  const { numbers, target } = promptSpans(text);
  if (target.start === target.end) throw noPrompt(text);
  const at = tokensOf(tokenSpans(text, pieces));
  return { numbers: numbers.map(at), target: at(target) };
}

/**
 * Returns the characters of the numbers and of the target in the prompt at the start of a text. A
 * target that was taken out has an empty span.
 *
 * @throws CircuitbookError if the text has no countdown prompt.
 */
export function promptSpans(text: string): { numbers: Span[]; target: Span } {
  const prompt = text.match(
    /(?<=Using the numbers )\[([\d, ]+)\], create an equation that equals(?: (\d+))?/,
  );
  if (!prompt) throw noPrompt(text);
  const numbers = [...prompt[1].matchAll(/\d+/g)].map((number): Span => {
    const start = prompt.index! + 1 + number.index;
    return { start, end: start + number[0].length };
  });
  const end = prompt.index! + prompt[0].length;
  return { numbers, target: { start: end - (prompt[2]?.length ?? 0), end } };
}

function noPrompt(text: string): CircuitbookError {
  return new CircuitbookError(
    `Expected a text with "Using the numbers […], create an equation that equals …" but found ${
      JSON.stringify(text.slice(0, 60))
    }; make the prompt with countdown.prompts.`,
  );
}
