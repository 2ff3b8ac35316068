/**
 * Returns the words of a verdict in brackets.
 *
 * @param text what follows the `(`. The verdict ends at a `)`, a `<` or a line break.
 */
export function verdictAtStart(text: string): string {
  return text.match(/^[^)<\n]*/)![0];
}
