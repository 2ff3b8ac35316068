import { checkArguments, is } from "../../base/arguments.ts";
import { aReasoningProblem } from "../../tasks/kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { tokensOf, tokenSpans } from "../../tasks/text/token_spans.ts";
import type { Chain, ReasoningProblem } from "../../tasks/reasoning/problem.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";
import { statedEnds } from "../../tasks/reasoning/sentences.ts";

/** A correct chain of thought that states its answer in several sentences. */
export interface Example {
  /** The problem. */
  readonly problem: ReasoningProblem;
  /** The token ids of the whole text. */
  readonly tokens: readonly number[];
  /** The number of tokens of the prompt, before the chain of thought. */
  readonly promptLength: number;
  /** The position of the last token of each sentence that states the answer, in order. */
  readonly ends: readonly number[];
}

/**
 * Returns the examples among some chains of thought: the chains that answer correctly, close with
 * `</think>`, and state the answer in at least two sentences between the prompt and `</think>`.
 *
 * @param chains the chains.
 * @param problems the problem of each chain.
 * @param tokenizer the tokenizer that made the tokens.
 * @returns the examples.
 * @throws CircuitbookError if the numbers of chains and problems differ, or no chain is an example.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const prompt = "<think>";
 * const text = `${prompt} 8 + 1 = 9 (not 7)\n8 - 1 = 7 (this works)\n</think> 7`;
 * const problem = { id: "a", prompt, answer: "7", correct: () => true };
 * const chain = { prompt, tokens: tokenizer.encode(text) };
 * const [{ tokens, ends }] = contrastive.examples([chain], [problem], tokenizer);
 * assertEquals(tokenizer.pieces(ends.map((end) => tokens[end])), [")\n", ")\n"]);
 * ```
 */
export function examples(
  chains: readonly Chain[],
  problems: readonly ReasoningProblem[],
  tokenizer: Pick<TextTokenizer, "decode" | "pieces">,
): Example[] {
  checkArguments("examples", {
    chains: [chains, is.listOf(is.like("a chain", "prompt", "tokens"))],
    problems: [problems, is.listOf(aReasoningProblem)],
    tokenizer: [tokenizer, is.like("an object", "decode", "pieces")],
  });

  const found = examplesAmong(chains, problems, tokenizer);
  if (found.length) return found;
  throw new CircuitbookError(
    `Expected right chains that state their answer in two sentences but found none among ${chains.length}; ` +
      "raise maxNewTokens, or take problems that the model can solve.",
  );
}

/**
 * Returns the chains that are examples, as {@link examples} does; there may be none.
 *
 * @throws CircuitbookError if the numbers of chains and problems differ.
 */
export function examplesAmong(
  chains: readonly Chain[],
  problems: readonly ReasoningProblem[],
  tokenizer: Pick<TextTokenizer, "decode" | "pieces">,
): Example[] {
  if (chains.length !== problems.length) {
    throw new CircuitbookError(
      `Expected one problem for each chain but found ${problems.length} problems for ${chains.length} chains.`,
    );
  }
  return chains.flatMap((chain, i) => exampleOf(chain, problems[i], tokenizer) ?? []);
}

function exampleOf(
  { prompt, tokens }: Chain,
  problem: ReasoningProblem,
  tokenizer: Pick<TextTokenizer, "decode" | "pieces">,
): Example | undefined {
  const text = tokenizer.decode(tokens);
  const start = startOf(text, prompt);
  const stop = text.indexOf("</think>", start);
  if (stop < 0 || !problem.correct(text.slice(start))) return undefined;
  const at = tokensOf(tokenSpans(text, tokenizer.pieces(tokens)));
  const last = (character: number) => at({ start: character, end: character + 1 }).at(-1)!;
  const ends = statedEnds(text.slice(start, stop), problem.answer).map((end) => last(start + end));
  const distinct = [...new Set(ends)];
  return distinct.length < 2
    ? undefined
    : { problem, tokens, promptLength: last(start), ends: distinct };
}

/**
 * Returns the index at which the chain of thought starts. A begin token may stand before the
 * prompt.
 */
function startOf(text: string, prompt: string): number {
  const at = text.indexOf(prompt);
  if (at >= 0) return at + prompt.length;
  throw new CircuitbookError(
    `Expected a text that starts with its prompt but found ${JSON.stringify(text.slice(0, 60))}.`,
  );
}

/**
 * Which sentence that states the answer: the first, the second or the last. Its end is the
 * position.
 */
export type Place = "first" | "second" | "last";

/**
 * Returns the position of one sentence's end in an example.
 *
 * @throws CircuitbookError if the place is unknown.
 */
export function positionOf({ ends }: Example, place: Place): number {
  const position = { first: ends[0], second: ends[1], last: ends.at(-1)! }[place];
  if (position !== undefined) return position;
  throw new CircuitbookError(
    `Expected the place "first", "second" or "last" but found "${place}".`,
  );
}
