import ts from "typescript";

/** A text in quotes that the cursor is in. */
export interface Literal {
  /** The index at which the text begins, after the quote. */
  start: number;
  /** The text up to the cursor. */
  typed: string;
  /** The function that the text is an argument of, such as `loadModel`. */
  callee: string | undefined;
}

/**
 * Returns the text in quotes that a position of a cell is in, or `undefined`.
 *
 * @param source the cell.
 * @param position the cursor.
 */
export function literalAt(source: string, position: number): Literal | undefined {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true);
  let found: Literal | undefined;
  const visit = (node: ts.Node): void => {
    const start = node.getStart(file);
    if (ts.isStringLiteralLike(node) && start < position && position <= node.end) {
      const isClosed = source[node.end - 1] === source[start] && node.end - start > 1;
      if (isClosed && position === node.end) return;
      const { parent } = node;
      const callee = ts.isCallExpression(parent) ? parent.expression : undefined;
      found = {
        start: start + 1,
        typed: source.slice(start + 1, position),
        callee: callee &&
          (ts.isPropertyAccessExpression(callee) ? callee.name : callee).getText(file),
      };
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * Returns the position of the last character of the function whose arguments the cursor is in, or
 * `undefined`.
 *
 * @param source the cell.
 * @param position the cursor.
 */
export function calleeBefore(source: string, position: number): number | undefined {
  let depth = 0;
  for (let i = position - 1; i > 0; i--) {
    if (/[)\]}]/.test(source[i])) depth++;
    else if (/[([{]/.test(source[i]) && --depth < 0) {
      if (source[i] === "(" && /[\w$]/.test(source[i - 1])) return i - 1;
      depth = 0;
    }
  }
  return undefined;
}
