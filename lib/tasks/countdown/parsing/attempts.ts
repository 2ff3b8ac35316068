import type { Span } from "../../text/token_spans.ts";
import type { Attempt, LocatedAttempt, Verdict } from "./attempt.ts";
import { type Expression, expressionAt } from "./expression.ts";
import { locator } from "./locator.ts";
import type { Problem } from "../problems/problem.ts";
import { usesEachOnce } from "../scoring/score.ts";

const BULLET = /[ \t]*(?:[-*•][ \t]+)?/y;
const EQUALS = /[ \t]*=/y;
const NUMBER = /^[-−]? ?\d+(\.\d+)?$/;

/**
 * The attempts of a chain of thought, in order: every line that starts (after a bullet) with an expression and ends,
 * over any number of `=`, in a number. With the text's tokens given as pieces, also where each part stands in tokens.
 *
 * A line cut off before its result is left out. An equation inside a sentence is no attempt.
 *
 * @throws CircuitbookError when the pieces do not join to the text.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([3, 87, 38], 46);
 * const [attempt] = countdown.attempts("- 87 - 38 - 3 = 116 - 3 = 113 (not 46)\n", problem);
 * assertEquals([attempt.verdict, String(attempt.stated), String(attempt.value)], ["not", "113", "46"]);
 * ```
 */
export function attempts(text: string, problem: Problem): Attempt[];
/** The same, and where each part stands among the tokens that say `pieces`. @throws CircuitbookError when they do not join to the text. */
export function attempts(
  text: string,
  problem: Problem,
  pieces: readonly string[],
): LocatedAttempt[];
export function attempts(text: string, problem: Problem, pieces?: readonly string[]): Attempt[] {
  const found = [...text.matchAll(/[^\n]+/g)]
    .map((line) => equation(text, line.index, line.index + line[0].length))
    .filter((parts) => parts !== undefined)
    .map((parts, index) => judged(text, problem, parts, index));
  return pieces ? found.map(locator(text, pieces)) : found;
}

interface Equation {
  steps: Expression[];
  equals: Span[];
  lineEnd: number;
}

/** The equation at the start of a line, if it ends in a number. */
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
  problem: Problem,
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
    problem: problem.id,
    index,
    expression: words(expression),
    steps: steps.map((step) => ({
      text: words(trimmed(text, step.start, step.end)),
      value: step.value,
    })),
    stated,
    value,
    statesTruth: value !== undefined && stated.equals(value),
    statesTarget: stated.equals(problem.target),
    reachesTarget: value?.equals(problem.target) ?? false,
    usesNumbersOnce: usesEachOnce(first.numbers, problem.numbers),
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

/** What follows a result on its line: a parenthesis and its words, or words without one. */
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
  const word = text.slice(verdict.start, verdict.end).match(/^(this|not)\b/i)?.[0].toLowerCase() as
    | Verdict
    | undefined;
  return { open, verdict, kind: (opened && word) ?? "other" };
}

function after(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** The span without the spaces at its ends. */
function trimmed(text: string, start: number, end: number): Span {
  while (start < end && /\s/.test(text[start])) start++;
  while (end > start && /\s/.test(text[end - 1])) end--;
  return { start, end };
}
