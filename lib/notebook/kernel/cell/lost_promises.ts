import ts from "typescript";
import type { Place } from "./source_error.ts";

/**
 * Returns the variables in a failing expression that hold promises: the commonest forgotten `await`
 * is a call whose result is used later in the cell.
 *
 * @param source the text of the cell.
 * @param place where the error happened.
 * @param promises the variables that hold promises.
 */
export function lostPromises(source: string, place: Place, promises: readonly string[]): string[] {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ESNext, true);
  const position = file.getPositionOfLineAndCharacter(place.line - 1, place.column - 1);
  const failing = accessAround(innermostAt(file, position));
  // What a cell awaits may be made from promises on purpose.
  if (ts.isAwaitExpression(failing)) return [];
  const declaration = ts.findAncestor(failing, ts.isVariableDeclaration);
  const isInPattern = declaration !== undefined && failing.pos < declaration.name.end;
  const value = isInPattern ? declaration.initializer : undefined;
  const statement = ts.findAncestor(failing, ts.isStatement) ?? file;
  const found = [
    namesIn(failing, failing.end),
    value ? namesIn(value, value.end) : [],
    namesIn(statement, position),
  ].map((names) => names.filter((name) => promises.includes(name)));
  return [...new Set(found.find((names) => names.length > 0))];
}

/** Returns the addition to an error message about a variable that holds a promise. */
export function promiseAdvice(name: string): string {
  return `"${name}" is a promise, not its value; add "await" before the call that "${name}" is set to`;
}

/** Returns the smallest part of a cell around a position. */
function innermostAt(file: ts.SourceFile, position: number): ts.Node {
  let node: ts.Node = file;
  const search = (child: ts.Node): true | undefined => {
    if (position < child.getStart(file) || position >= child.end) return undefined;
    node = child;
    ts.forEachChild(child, search);
    return true;
  };
  ts.forEachChild(file, search);
  return node;
}

/** Returns the accesses and calls that a name belongs to, such as `m.run("1")` for `run`. */
function accessAround(node: ts.Node): ts.Node {
  const { parent } = node;
  const isPart = parent !== undefined &&
    (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) ||
      ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node));
  return isPart ? accessAround(parent) : node;
}

/**
 * Returns the variables that a part of a cell uses before a position, without the variables that
 * the part awaits.
 */
function namesIn(part: ts.Node, end: number): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.pos >= end || ts.isFunctionLike(node)) return;
    if (ts.isAwaitExpression(node) && ts.isIdentifier(node.expression)) return;
    if (ts.isPropertyAccessExpression(node)) return visit(node.expression);
    if (ts.isPropertyAssignment(node)) return visit(node.initializer);
    if (ts.isIdentifier(node)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(part);
  return names;
}
