import { CircuitbookError } from "../../../base/errors.ts";
import type { Alteration } from "./alteration.ts";
import type { Span } from "../../text/token_spans.ts";
import type { Attempt } from "../parsing/attempt.ts";
import { promptSpans } from "../parsing/prompt_positions.ts";

/** A span of a text, and what replaces it. */
export interface Replacement extends Span {
  by: string;
}

/**
 * Returns the changes of the target and the numbers in the prompt. A number is removed together
 * with its comma.
 */
export function promptChanges(text: string, { target, number }: Alteration): Replacement[] {
  const spans = promptSpans(text);
  const changes: Replacement[] = [];
  if (target !== undefined) {
    changes.push(
      target === null
        ? { ...withSpace(text, spans.target), by: "" }
        : { ...spans.target, by: `${target}` },
    );
  }
  if (number) {
    const [index, value] = number;
    const span = spans.numbers[index];
    if (!span) {
      throw new CircuitbookError(
        `Expected a number from 0 to ${spans.numbers.length - 1} but found ${index}.`,
      );
    }
    const { start, end } = span;
    const comma = Math.min(2, 2 * (spans.numbers.length - 1));
    const gap = index ? { start: start - comma, end } : { start, end: end + comma };
    changes.push(value === null ? { ...gap, by: "" } : { ...span, by: `${value}` });
  }
  return changes;
}

/** Returns the changes of the target in the verdicts of earlier attempts. */
export function copyChanges(
  text: string,
  earlier: readonly Attempt[],
  copies?: number | null,
): Replacement[] {
  if (copies === undefined) return [];
  return earlier.flatMap(({ spans }) => copyIn(text, spans.verdict) ?? [])
    .map((span) =>
      copies === null ? { ...withSpace(text, span), by: "" } : { ...span, by: `${copies}` }
    );
}

/** Returns the removal of the attempts from `keep` on, up to the line of the attempt itself. */
export function dropped(
  text: string,
  before: readonly Attempt[],
  keep: number,
  attempt: Attempt,
): Replacement[] {
  if (keep === attempt.index) return [];
  const lineStart = (one: Attempt) => text.lastIndexOf("\n", one.spans.attempt.start) + 1;
  return [{ start: lineStart(before[keep]), end: lineStart(attempt), by: "" }];
}

/** Returns the span of the number in a verdict such as `not 62`. */
export function copyIn(text: string, verdict: Span | undefined): Span | undefined {
  const found = verdict && text.slice(verdict.start, verdict.end).match(/^not (\d+)/);
  return found ? { start: verdict!.start + 4, end: verdict!.start + found[0].length } : undefined;
}

/** Returns the span together with the space before it. */
function withSpace(text: string, { start, end }: Span): Span {
  return { start: text[start - 1] === " " ? start - 1 : start, end };
}

/**
 * Returns the text with all changes made. Changes are made from the end, so that earlier spans stay
 * valid; they must not overlap.
 */
export function replaced(text: string, changes: readonly Replacement[]): string {
  return changes.toSorted((a, b) => b.start - a.start)
    .reduce((whole, { start, end, by }) => whole.slice(0, start) + by + whole.slice(end), text);
}
