/**
 * Returns the index in a JavaScript string for a position of Jupyter, which counts characters of
 * Unicode.
 *
 * @param text the text.
 * @param position the position in Jupyter's count.
 */
export function indexOf(text: string, position: number): number {
  return [...text].slice(0, position).join("").length;
}

/**
 * Returns the position of Jupyter for an index in a JavaScript string.
 *
 * @param text the text.
 * @param index the index.
 */
export function positionOf(text: string, index: number): number {
  return [...text.slice(0, index)].length;
}
