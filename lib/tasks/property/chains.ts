import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../base/random.ts";
import { completionOf } from "../countdown/chains/chains.ts";
import { shortPrompt } from "../countdown/prompts/prompts.ts";
import { randomTrial, type Trial, trialOf } from "../countdown/problems/trials.ts";
import { aPropertyProblem } from "../kinds.ts";
import { type PropertyProblem, trialWith } from "./problems.ts";
import { hasProperty, isLure, propertyWords } from "./properties.ts";

/** A problem worked out in the form that `property-r1` writes. */
export interface PropertyChain {
  /** The problem. */
  readonly problem: PropertyProblem;
  /** The prompt of the problem. */
  readonly prompt: string;
  /** The text after the prompt, up to `</answer>`. */
  readonly completion: string;
  /** Prompt and completion. */
  readonly text: string;
}

/** Settings of {@link chains}. */
export interface PropertyChainOptions {
  /** The seed of the attempts. Default 0. */
  seed?: number;
  /** How many wrong attempts come before the solution. By default up to five, drawn at random. */
  wrong?: number;
}

/** The most wrong attempts before the solution. */
export const MOST_WRONG = 5;

/** The share of wrong attempts whose results are easily taken for right ones. */
const LURE_SHARE = 0.5;

/**
 * Returns the prompt of a problem. The prompt ends with `<think>`, where the model goes on.
 *
 * @param problem the problem.
 * @returns the text.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const [problem] = property.problems({ n: 1, property: "prime" });
 * assertStringIncludes(
 *   property.prompt(problem),
 *   "create an equation that equals a prime below 100.\n",
 * );
 * ```
 */
export function prompt(problem: Pick<PropertyProblem, "numbers" | "property">): string {
  checkArguments("prompt", { problem: [problem, aPropertyProblem] });

  return shortPrompt(problem.numbers, propertyWords[problem.property]);
}

/**
 * Returns a worked chain of thought for each problem: attempts in random order with ` (not it)`
 * after each wrong one, ` (this works)` after the right one, and the answer. Half of the wrong
 * results are neighbours or lookalikes of numbers with the property, where the numbers allow one.
 *
 * @param problems the problems.
 * @param options the seed, and how many attempts are wrong.
 * @returns one chain for each problem.
 * @throws CircuitbookError if a solution is no expression, or if the numbers hardly allow a wrong
 * result.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [chain] = property.chains(property.problems({ n: 1 }), { wrong: 2 });
 * assertEquals(property.attempts(chain.text, chain.problem).map(({ verdict }) => verdict), [
 *   "not",
 *   "not",
 *   "this",
 * ]);
 * ```
 */
export function chains(
  problems: readonly PropertyProblem[],
  options: PropertyChainOptions = {},
): PropertyChain[] {
  checkArguments("chains", {
    problems: [problems, is.listOf(aPropertyProblem)],
    options: [options, is.object],
  });
  const { seed = 0, wrong } = options;

  const random = seededRandom(seed);
  return problems.map((problem) => {
    const before = trialsWithout(random, problem, wrong ?? integer(random, 0, MOST_WRONG));
    return chainOf(problem, [...before, trialOf(problem.solution)], canonicalVerdict);
  });
}

/**
 * Returns the chain that makes the given attempts in turn. The last attempt is taken for the
 * solution.
 */
export function chainOf(
  problem: PropertyProblem,
  tried: readonly Trial[],
  verdict: (right: boolean) => string = canonicalVerdict,
): PropertyChain {
  const { numbers, property } = problem;
  const asked = prompt(problem);
  const completion = completionOf(
    numbers,
    propertyWords[property],
    tried,
    (result) => verdict(hasProperty(result, property)),
  );
  return { problem, prompt: asked, completion, text: asked + completion };
}

/**
 * Returns this many trials whose results lack the property.
 *
 * @throws CircuitbookError if the numbers hardly allow any: 1,000 draws a trial find too few.
 */
export function trialsWithout(
  random: Random,
  { id, numbers, property }: PropertyProblem,
  count: number,
): Trial[] {
  const trials: Trial[] = [];
  for (let draws = 0; trials.length < count; draws++) {
    if (draws > 1000 * (count + 1)) {
      throw new CircuitbookError(
        `Expected ${count} wrong attempts of ${id} but found only ${trials.length}; ask for fewer.`,
      );
    }
    const lure = random() < 0.5 ? "neighbour" : "lookalike";
    const mistaken = random() < LURE_SHARE
      ? trialWith(random, numbers, ({ result }) => isLure(result, property, lure))
      : undefined;
    const next = mistaken ?? randomTrial(random, numbers);
    if (!hasProperty(next.result, property)) trials.push(next);
  }
  return trials;
}

function canonicalVerdict(right: boolean): string {
  return right ? " (this works)" : " (not it)";
}
