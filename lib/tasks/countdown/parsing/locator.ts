import { tokensOf, tokenSpans } from "../../text/token_spans.ts";
import type { Attempt, LocatedAttempt } from "./attempt.ts";

/**
 * Returns a function that adds token positions to the attempts of a text.
 *
 * @throws CircuitbookError if the pieces do not join to the text.
 */
export function locator(
  text: string,
  pieces: readonly string[],
): (attempt: Attempt) => LocatedAttempt {
  const at = tokensOf(tokenSpans(text, pieces));
  return (attempt) => {
    const { expression, equals, result, open, verdict } = attempt.spans;
    const sign = text.slice(result.start, result.end).match(/^[-−]? ?/)![0].length;
    return {
      ...attempt,
      tokens: {
        expression: at(expression),
        equals: equals.flatMap((span) => at(span)),
        result: at(result),
        digits: at({ start: result.start + sign, end: result.end }),
        open: open && at(open)[0],
        verdict: verdict && at(verdict)[0],
      },
    };
  };
}
