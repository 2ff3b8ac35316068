import { checkArguments, is } from "../../base/arguments.ts";
import { integer, type Random, seededRandom } from "../../base/random.ts";
import { atLeastOne, checkOptions, wholeNumber, yesOrNo } from "../../base/options.ts";
import { heldOut } from "../countdown/problems/held_out.ts";
import {
  everyTrial,
  randomNumbers,
  randomTrial,
  type Trial,
} from "../countdown/problems/trials.ts";
import { hasProperty, PROPERTIES, type Property } from "./properties.ts";
import { z } from "zod";

/** A problem whose answer has to have a property: use each number once. */
export interface PropertyProblem {
  /**
   * The numbers in ascending order and the property: `3,38,87=prime`. Data are split by this id.
   */
  readonly id: string;
  /** The given numbers. */
  readonly numbers: readonly number[];
  /** The property that the result has to have. */
  readonly property: Property;
  /** An expression whose value has the property. */
  readonly solution: string;
}

/** Settings of {@link problems}. */
export interface PropertyProblemOptions {
  /** How many problems. */
  n: number;
  /** The seed of the draws. Default 0. */
  seed?: number;
  /** The property that is asked for. By default either, at random. */
  property?: Property;
  /**
   * Whether the numbers are those that no training text has (true) or all others (false). Default
   * true.
   */
  held?: boolean;
}

const optionsSchema = z.strictObject({
  n: atLeastOne,
  seed: wholeNumber.optional(),
  property: z.enum(PROPERTIES, `to be one of ${PROPERTIES.join(", ")}`).optional(),
  held: yesOrNo.optional(),
});

/**
 * Returns problems that ask for a result with a property: all different, over three or four numbers
 * from 1 to 99. A larger `n` continues the problems of one seed.
 *
 * @param options how many problems, with which property, and over which numbers.
 * @returns the problems, each with a solution.
 * @throws CircuitbookError if an option is of the wrong kind.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const problems = property.problems({ n: 3, seed: 1, property: "prime" });
 * assert(
 *   problems.every(({ solution, ...problem }) =>
 *     property.score(`<answer> ${solution} </answer>`, problem).correct
 *   ),
 * );
 * ```
 */
export function problems(options: PropertyProblemOptions): PropertyProblem[] {
  checkArguments("problems", { options: [options, is.like("an object", "n")] });
  checkOptions(options, optionsSchema, "problems");
  const { n, seed = 0, property, held = true } = options;

  const random = seededRandom(seed);
  const found = new Map<string, PropertyProblem>();
  while (found.size < n) {
    const problem = drawnProblem(random, { property, held });
    if (!found.has(problem.id)) found.set(problem.id, problem);
  }
  return [...found.values()];
}

/** Returns a random problem over numbers that are held out, or that are not. */
export function drawnProblem(
  random: Random,
  { property, held }: { property?: Property; held: boolean },
): PropertyProblem {
  for (;;) {
    const asked = property ?? PROPERTIES[integer(random, 0, PROPERTIES.length - 1)];
    const numbers = randomNumbers(random, "mix");
    if (heldOut(numbers) !== held) continue;
    const solution = trialWith(random, numbers, ({ result }) => hasProperty(result, asked));
    if (solution) return problemOf(numbers, asked, solution.expression);
  }
}

function problemOf(
  numbers: readonly number[],
  property: Property,
  solution: string,
): PropertyProblem {
  const sorted = [...numbers].sort((a, b) => a - b).join(",");
  return { id: `${sorted}=${property}`, numbers, property, solution };
}

/** How many trials of four numbers are drawn; three numbers have few enough to try them all. */
const TRIALS_OF_FOUR = 60;

/** Returns a random trial that is accepted, or `undefined` if there is none among those tried. */
export function trialWith(
  random: Random,
  numbers: readonly number[],
  accepts: (trial: Trial) => boolean,
): Trial | undefined {
  const trials = numbers.length === 3
    ? [...everyTrial(numbers)]
    : Array.from({ length: TRIALS_OF_FOUR }, () => randomTrial(random, numbers));
  const accepted = trials.filter(accepts);
  return accepted.length ? accepted[integer(random, 0, accepted.length - 1)] : undefined;
}
