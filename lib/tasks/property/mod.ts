/**
 * The property task: reach a number with a property, such as a prime below 100, from some numbers.
 * The answer is not in the context, so that no verdict can be made by comparing or copying.
 *
 * @module
 */
export type { Attempt, LocatedAttempt, Verdict } from "../countdown/parsing/attempt.ts";
export type { Reward } from "../countdown/scoring/reward.ts";
export type { Score } from "../countdown/scoring/score.ts";
export type { TextTokenizer } from "../text/tokenizer.ts";

export * from "./attempts.ts";
export { chains, prompt, type PropertyChain, type PropertyChainOptions } from "./chains.ts";
export * from "./corpus.ts";
export {
  pairs,
  type PropertyPair,
  type PropertyPairOptions,
  type PropertyPositions,
} from "./pairs.ts";
export { problems, type PropertyProblem, type PropertyProblemOptions } from "./problems.ts";
export * from "./properties.ts";
export { reward, score } from "./score.ts";
