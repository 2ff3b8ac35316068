import { integer, type Random } from "../../base/random.ts";
import { prompts as questionPrompts } from "../verification/prompts.ts";
import { chains } from "./chains.ts";
import { heldOut } from "./held_out.ts";
import { phrased, type VerdictForm } from "./phrasings.ts";
import type { Problem } from "./problem.ts";
import { problems, type SearchOrder } from "./problems.ts";
import { randomNumbers, randomTrial, type Trial, trialOf } from "./trials.ts";

/** The kinds of texts in the corpus. */
export const documentKinds = ["fixed", "random", "sentences", "questions", "drills"] as const;

/**
 * A kind of text in the corpus: chains in fixed or random order with verdicts in brackets, chains in random order with verdicts
 * as `sentences`, `questions` whether an attempt is right, and `drills` in arithmetic.
 */
export type DocumentKind = typeof documentKinds[number];

/** What writes a document of each kind, without its end token. */
export const documents: Readonly<Record<DocumentKind, (random: Random) => string>> = {
  fixed: (random) => chain(random, "fixed", "brackets"),
  random: (random) => chain(random, "random", "brackets"),
  sentences: (random) => chain(random, "random", "sentence"),
  questions: question,
  drills: drill,
};

function chain(random: Random, order: SearchOrder, form: VerdictForm): string {
  const known = knownProblem(random, order);
  const [{ text }] = chains([known], { order, seed: seedFrom(random), verdict: phrased(random, form) });
  return text;
}

function question(random: Random): string {
  const { numbers, target, solution } = knownProblem(random, "random");
  const { steps, result } = random() < 0.5 ? trialOf(solution!) : randomTrial(random, numbers);
  const attempt = steps.join(" = ");
  return `${questionPrompts.short({ numbers, target, attempt, result: `${result}` })} ${
    result === target ? "Yes" : "No"
  }`;
}

/** Three to eight lines of arithmetic over two numbers, or in one of three over three. */
function drill(random: Random): string {
  return Array.from({ length: integer(random, 3, 8) }, () => drillLine(random)).join("");
}

function drillLine(random: Random): string {
  const { steps } = untilKnown(() => drillTrial(random));
  return `${steps.join(" = ")}\n`;
}

/** A trial of two or three numbers, two in two of three. */
export function drillTrial(random: Random): Trial & { numbers: number[] } {
  const numbers = [...randomNumbers(random, 3)].slice(0, random() < 2 / 3 ? 2 : 3);
  return { ...randomTrial(random, numbers), numbers };
}

function knownProblem(random: Random, order: SearchOrder): Problem {
  return untilKnown(() => problems({ n: 1, order, seed: seedFrom(random) })[0]);
}

/** Draws until the numbers are not held out. */
function untilKnown<T extends { numbers: number[] }>(draw: () => T): T {
  let drawn = draw();
  while (heldOut(drawn.numbers)) drawn = draw();
  return drawn;
}

function seedFrom(random: Random): number {
  return integer(random, 0, 2 ** 31 - 1);
}
