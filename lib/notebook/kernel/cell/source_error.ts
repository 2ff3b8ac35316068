/** A place in a cell. Lines and columns count from 1. */
export interface Place {
  /** The line of the cell. */
  line: number;
  /** The column of the line. */
  column: number;
}

/** The text of a cell does not parse. */
export class CellSyntaxError extends Error {
  override name = "SyntaxError";
  /** The place at which the parser stopped. */
  readonly place: Place;

  /**
   * Makes an error.
   *
   * @param message what the parser says.
   * @param place where it stopped.
   */
  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/**
 * Returns a line of a cell with a caret below the place, as two lines.
 *
 * @param source the text of the cell.
 * @param place the place that the caret marks.
 */
export function caretLines(source: string, { line, column }: Place): string[] {
  const text = source.split("\n")[line - 1] ?? "";
  const number = `${line} | `;
  // A tab stays a tab, so that the caret stands below its column.
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [number + text, `${" ".repeat(number.length - 2)}| ${indent}^`];
}

/** Returns the place of a position of a text. */
export function placeOf(source: string, position: number): Place {
  const before = source.slice(0, position).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
