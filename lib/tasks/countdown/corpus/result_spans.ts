import { checkArguments, is } from "../../../base/arguments.ts";
import type { Span } from "../../text/token_spans.ts";

/** How what follows from an expression begins. */
const EQUALS = " = ";

/**
 * Returns the parts of lines of arithmetic that follow from what stands before them: everything
 * after the first equals sign of each line, with the line break. Where a training learns these
 * parts alone, the random numbers of the expressions add no noise to the gradient.
 *
 * @param text lines such as `67 - 59 - 42 = 8 - 42 = -34`; a line without an equals sign has no
 * such part.
 * @returns the characters of each part, in the order of the lines.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "6 + 8 = 14\n9 - 2 = 7\n";
 * const parts = countdown.resultSpans(text).map(({ start, end }) => text.slice(start, end));
 * assertEquals(parts, ["14\n", "7\n"]);
 * ```
 */
export function resultSpans(text: string): Span[] {
  checkArguments("resultSpans", { text: [text, is.text] });
  const spans: Span[] = [];
  let start = 0;
  for (const line of text.split(/(?<=\n)/)) {
    const equals = line.indexOf(EQUALS);
    if (equals >= 0) {
      spans.push({ start: start + equals + EQUALS.length, end: start + line.length });
    }
    start += line.length;
  }
  return spans;
}
