import { CircuitbookError } from "../../base/errors.ts";
import { tokensOf, tokenSpans } from "../../tasks/text/token_spans.ts";
import type { Chain, ReasoningProblem } from "../../tasks/reasoning/problem.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";
import { statedEnds } from "../../tasks/reasoning/sentences.ts";

/** A right chain of thought that states its answer in several sentences. */
export interface Example {
  readonly problem: ReasoningProblem;
  /** The tokens of the whole text. */
  readonly tokens: readonly number[];
  /** What stands before the chain of thought, the prompt, in tokens. */
  readonly promptLength: number;
  /** For each sentence of the chain of thought that states the answer, in order, the position of its last token. */
  readonly ends: readonly number[];
}

/**
 * The examples among some chains of thought: those that answer rightly, leave the chain of thought, and state the answer in
 * at least two of its sentences. Only what stands between the prompt and `</think>` counts.
 *
 * @throws CircuitbookError unless there is one problem for each chain, or when no chain is an example.
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
  if (chains.length !== problems.length) {
    throw new CircuitbookError(
      `Expected one problem for each chain but found ${problems.length} problems for ${chains.length} chains.`,
    );
  }
  const found = chains.flatMap((chain, i) => exampleOf(chain, problems[i], tokenizer) ?? []);
  if (found.length) return found;
  throw new CircuitbookError(
    `Expected right chains that state their answer in two sentences but found none among ${chains.length}; ` +
      "raise maxNewTokens, or take problems that the model can solve.",
  );
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

/** Where the chain of thought starts: a begin token may stand before the prompt. */
function startOf(text: string, prompt: string): number {
  const at = text.indexOf(prompt);
  if (at >= 0) return at + prompt.length;
  throw new CircuitbookError(
    `Expected a text that starts with its prompt but found ${JSON.stringify(text.slice(0, 60))}.`,
  );
}

/** A place in an example: the end of the first, the second or the last sentence that states the answer. */
export type Place = "first" | "second" | "last";

/**
 * The position of a place in each example, as `model.run` takes positions: a list of one for each row.
 *
 * @throws CircuitbookError when an example has no such place.
 *
 * @example
 * ```ts
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = { id: "a", prompt: "", answer: "7", correct: () => true };
 * assertEquals(contrastive.positionsAt([{ problem, tokens: [], promptLength: 2, ends: [5, 9] }], "last"), [[9]]);
 * ```
 */
export function positionsAt(examples: readonly Example[], place: Place): number[][] {
  return examples.map((example) => [positionOf(example, place)]);
}

/** @throws CircuitbookError when the place is not known. */
export function positionOf({ ends }: Example, place: Place): number {
  const position = { first: ends[0], second: ends[1], last: ends.at(-1)! }[place];
  if (position !== undefined) return position;
  throw new CircuitbookError(
    `Expected the place "first", "second" or "last" but found "${place}".`,
  );
}
