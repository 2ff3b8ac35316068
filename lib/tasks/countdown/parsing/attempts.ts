import { checkArguments, is } from "../../../base/arguments.ts";
import { aProblem } from "../../kinds.ts";
import type { Rational } from "../../text/rational.ts";
import type { Span } from "../../text/token_spans.ts";
import type { Attempt, LocatedAttempt, Verdict } from "./attempt.ts";
import { type Expression, expressionAt } from "./expression.ts";
import { hasDenial } from "../chains/verdict_words.ts";
import { locator } from "./locator.ts";
import type { Problem } from "../problems/problem.ts";
import { usesEachOnce } from "../scoring/score.ts";

const BULLET = /[ \t]*(?:[-*•][ \t]+)?/y;
const EQUALS = /[ \t]*=/y;
const NUMBER = /^[-−]? ?\d+(\.\d+)?$/;

/**
 * Returns the attempts of a chain of thought, in order. An attempt is a line that starts (after a
 * bullet) with an expression and ends, over any number of `=`, in a number. If the text's tokens
 * are given as pieces, the attempts have token positions, too.
 *
 * A line that is cut off before its result is left out. An equation inside a sentence is not an
 * attempt.
 *
 * @param text a chain of thought, with or without its prompt.
 * @param problem the problem that the text is about.
 * @returns the attempts.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([3, 87, 38], 46);
 * const [attempt] = countdown.attempts("- 87 - 38 - 3 = 116 - 3 = 113 (not 46)\n", problem);
 * assertEquals([attempt.verdict, String(attempt.stated), String(attempt.value)], [
 *   "not",
 *   "113",
 *   "46",
 * ]);
 * ```
 */
export function attempts(text: string, problem: Problem): Attempt[];
/**
 * Returns the attempts of a chain of thought with the token positions of their parts.
 *
 * @param text the decoded text.
 * @param problem the problem that the text is about.
 * @param pieces the text of each token by itself.
 * @returns the attempts.
 * @throws CircuitbookError if the pieces do not join to the text.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const pieces = ["87 - 38", " - 3", " =", " 46", "\n"];
 * const problem = countdown.problem([3, 87, 38], 46);
 * const [attempt] = countdown.attempts(pieces.join(""), problem, pieces);
 * assertEquals(attempt.tokens.equals, [2]);
 * ```
 */
export function attempts(
  text: string,
  problem: Problem,
  pieces: readonly string[],
): LocatedAttempt[];
export function attempts(text: string, problem: Problem, pieces?: readonly string[]): Attempt[] {
  checkArguments("attempts", {
    text: [text, is.text],
    problem: [problem, aProblem],
    pieces: [pieces, is.optional(is.texts)],
  });

  const { id, numbers, target } = problem;
  const found = attemptsAt(text, { id, numbers, reached: (value) => value.equals(target) });
  return pieces ? found.map(locator(text, pieces)) : found;
}

/** What the attempts of a text are judged by. */
export interface Goal {
  /** The problem's id. */
  readonly id: string;
  /** The given numbers. */
  readonly numbers: readonly number[];
  /** Returns whether a value is what was asked for. */
  readonly reached: (value: Rational) => boolean;
}

/**
 * Returns the attempts of a text at a problem, whose goal is a target or a property of the result.
 */
export function attemptsAt(text: string, goal: Goal): Attempt[] {
  return [...text.matchAll(/[^\n]+/g)]
    .map((line) => equation(text, line.index, line.index + line[0].length))
    .filter((parts) => parts !== undefined)
    .map((parts, index) => judged(text, goal, parts, index));
}

interface Equation {
  steps: Expression[];
  equals: Span[];
  lineEnd: number;
}

/** Returns the equation at the start of a line if it ends in a number. */
function equation(text: string, lineStart: number, lineEnd: number): Equation | undefined {
  const first = expressionAt(text, after(BULLET, text, lineStart) ?? lineStart);
  if (!first) return undefined;
  const steps = [first];
  const equals: Span[] = [];
  for (;;) {
    const last = steps[steps.length - 1];
    const end = after(EQUALS, text, last.end);
    if (end === undefined) {
      const closed = equals.length > 0 && NUMBER.test(text.slice(last.start, last.end).trim());
      return closed ? { steps, equals, lineEnd } : undefined;
    }
    equals.push({ start: end - 1, end });
    const next = expressionAt(text, end);
    if (!next) return undefined;
    steps.push(next);
  }
}

function judged(
  text: string,
  goal: Goal,
  { steps, equals, lineEnd }: Equation,
  index: number,
): Attempt {
  const [first] = steps;
  const last = steps[steps.length - 1];
  const stated = last.value!;
  const value = first.value;
  const result = trimmed(text, last.start, last.end);
  const { open, verdict, kind } = verdictAt(text, last.end, lineEnd);
  const expression = trimmed(text, first.start, first.end);
  const words = (span: Span) => text.slice(span.start, span.end);
  return {
    problem: goal.id,
    index,
    expression: words(expression),
    steps: steps.map((step) => ({
      text: words(trimmed(text, step.start, step.end)),
      value: step.value,
    })),
    stated,
    value,
    statesTruth: value !== undefined && stated.equals(value),
    statesTarget: goal.reached(stated),
    reachesTarget: value !== undefined && goal.reached(value),
    usesNumbersOnce: usesEachOnce(first.numbers, goal.numbers),
    verdict: kind,
    verdictText: verdict && words(verdict),
    spans: {
      attempt: { start: expression.start, end: verdict?.end ?? open?.end ?? result.end },
      expression,
      equals,
      result,
      open,
      verdict,
    },
  };
}

/** Returns what follows a result on its line: a parenthesis with its words, or words alone. */
function verdictAt(
  text: string,
  start: number,
  end: number,
): { open?: Span; verdict?: Span; kind?: Verdict } {
  const rest = text.slice(start, end);
  const opened = rest.match(/^[ \t]*\(/);
  const from = start + (opened ?? rest.match(/^[\s.,;:]*/)!)[0].length;
  const open = opened ? { start: from - 1, end: from } : undefined;
  const [said] = text.slice(from, end).match(opened ? /^[^)<]*/ : /^[^<]*/)!;
  const verdict = trimmed(text, from, from + said.length);
  if (verdict.start === verdict.end) return { open };
  return { open, verdict, kind: opened ? kindOf(text.slice(verdict.start, verdict.end)) : "other" };
}

/** Returns which of the two verdicts in brackets some words are. */
function kindOf(words: string): Verdict {
  const first = words.match(/^(this|not)\b/i)?.[0].toLowerCase();
  if (first === "not") return "not";
  return first === "this" && !hasDenial(words) ? "this" : "other";
}

/** Returns the end of a pattern that matches at an index. */
function after(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Returns the span without the spaces at both ends. */
function trimmed(text: string, start: number, end: number): Span {
  while (start < end && /\s/.test(text[start])) start++;
  while (end > start && /\s/.test(text[end - 1])) end--;
  return { start, end };
}
