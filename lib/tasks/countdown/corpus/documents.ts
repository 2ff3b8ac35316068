import { integer, type Random } from "../../../base/random.ts";
import { prompts as questionPrompts } from "../../verification/prompts.ts";
import { chainOf, chains } from "../chains/chains.ts";
import { heldOut } from "../problems/held_out.ts";
import { missedProblem, MISSES } from "../problems/misses.ts";
import type { PromptTemplate } from "../prompts/prompts.ts";
import { phrased, type VerdictForm } from "./phrasings.ts";
import type { Problem } from "../problems/problem.ts";
import { problems, type SearchOrder } from "../problems/problems.ts";
import { nearMiss, randomNumbers, randomTrial, type Trial, trialOf } from "../problems/trials.ts";

/** The kinds of texts in the corpus. */
export const DOCUMENT_KINDS = [
  "fixed",
  "random",
  "contrasts",
  "sentences",
  "questions",
  "drills",
] as const;

/**
 * A kind of text in the corpus: chains in `fixed` or `random` order with verdicts in brackets;
 * `contrasts`, chains with an attempt that misses the target in one of the ways of {@link MISSES};
 * chains in random order with verdicts as `sentences`; `questions` whether an attempt is right; and
 * `drills` in arithmetic.
 */
export type DocumentKind = typeof DOCUMENT_KINDS[number];

/**
 * The share of near misses among attempts in random order, and among wrong attempts in questions.
 * Without them results next to the target are rare, and a model learns to look at the first digit
 * only.
 */
const NEAR = 0.5;

/**
 * The random numbers that a document is drawn with, whether it is over held-out numbers, and the
 * template of prompts.
 */
export interface Draw {
  readonly random: Random;
  readonly held: boolean;
  readonly template: PromptTemplate;
}

/** Functions that write a document of each kind, without its end token. */
export const documents: Readonly<Record<DocumentKind, (draw: Draw) => string>> = {
  fixed: (draw) => chain(draw, "fixed", "brackets"),
  random: (draw) => chain(draw, "random", "brackets"),
  contrasts: contrast,
  sentences: (draw) => chain(draw, "random", "sentence"),
  questions: question,
  drills: drill,
};

function chain(draw: Draw, order: SearchOrder, form: VerdictForm): string {
  const { random } = draw;
  const drawn = drawnProblem(draw, order);
  const [{ text }] = chains([drawn], {
    order,
    near: order === "fixed" ? 0 : NEAR,
    seed: seedFrom(random),
    template: draw.template,
    verdict: phrased(random, form),
  });
  return text;
}

/** The share of contrasts that open with the solution or the miss, with nothing to copy from. */
const FIRST = 0.6;

/** The share of contrasts without a miss, so that an early attempt can be right. */
const RIGHT = 0.35;

/** The share of contrasts whose verdicts are in brackets; the others have sentences. */
const BRACKETS = 0.7;

/**
 * Returns a chain with one attempt that misses the target narrowly, or with none. Its verdict can
 * only be told from all digits and the sign of the result; in most chains this attempt is the
 * first, so that no earlier verdict repeats the target.
 */
function contrast({ random, held, template }: Draw): string {
  const miss = MISSES[integer(random, 0, MISSES.length - 1)];
  const { problem, attempt } = missedProblem(
    random,
    miss,
    (numbers) => heldOut(numbers) === held,
  );
  const before = random() < FIRST ? [] : misses(random, problem, integer(random, 1, 4));
  const after = random() < RIGHT
    ? []
    : [attempt, ...misses(random, problem, integer(random, 0, 2))];
  const form = random() < BRACKETS ? "brackets" : "sentence";
  return chainOf(problem, [...before, ...after, trialOf(problem.solution!)], {
    template,
    verdict: phrased(random, form),
  }).text;
}

/**
 * Returns at most this many trials that miss the target, near or far: draws that reach the target
 * are left out.
 */
function misses(random: Random, { numbers, target }: Problem, count: number): Trial[] {
  return Array.from({ length: count }, () => wrongTrial(random, numbers, target))
    .filter(({ result }) => result !== target);
}

function question(draw: Draw): string {
  const { random } = draw;
  const { numbers, target, solution } = drawnProblem(draw, "random");
  const { steps, result } = random() < 0.5
    ? trialOf(solution!)
    : wrongTrial(random, numbers, target);
  const attempt = steps.join(" = ");
  const form = draw.template === "short" ? "short" : "full";
  return `${questionPrompts[form]({ numbers, target, attempt, result: `${result}` })} ${
    result === target ? "Yes" : "No"
  }`;
}

function wrongTrial(random: Random, numbers: readonly number[], target: number): Trial {
  return random() < NEAR ? nearMiss(random, numbers, target) : randomTrial(random, numbers);
}

/**
 * Returns three to eight lines of arithmetic, two thirds over two numbers and one third over three.
 */
function drill(draw: Draw): string {
  return Array.from({ length: integer(draw.random, 3, 8) }, () => drillLine(draw)).join("");
}

function drillLine({ random, held }: Draw): string {
  const { steps } = drawUntil(held, () => drillTrial(random));
  return `${steps.join(" = ")}\n`;
}

/** Returns a trial of two numbers (two thirds) or three. */
function drillTrial(random: Random): Trial & { numbers: number[] } {
  const numbers = [...randomNumbers(random, 3)].slice(0, random() < 2 / 3 ? 2 : 3);
  return { ...randomTrial(random, numbers), numbers };
}

/** Returns a random problem of one search order. */
export function drawnProblem(
  { random, held }: Pick<Draw, "random" | "held">,
  order: SearchOrder,
): Problem {
  return drawUntil(held, () => problems({ n: 1, order, seed: seedFrom(random) })[0]);
}

/** Draws until the numbers are held out, or until they are not. */
function drawUntil<T extends { numbers: number[] }>(held: boolean, draw: () => T): T {
  let drawn = draw();
  while (heldOut(drawn.numbers) !== held) drawn = draw();
  return drawn;
}

function seedFrom(random: Random): number {
  return integer(random, 0, 2 ** 31 - 1);
}
