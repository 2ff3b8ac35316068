/**
 * What becomes of the statements of a cell once TypeScript has removed the types. The calls go to
 * the object `__circuitbook` that the evaluating process provides (`evaluator/main.ts`).
 */
import ts from "typescript";
import { CALLS, cellCall } from "./calls.ts";
import { importCalls } from "./imports.ts";
import { type Place, placeOf } from "./source_error.ts";
import { boundNames, varNames, withoutVars } from "./vars.ts";

const { factory } = ts;

/** The methods of a promise. */
const HANDLING: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/**
 * Returns TypeScript's transformer for cells.
 *
 * @param source the text of the cell.
 */
export function asCell(source: string): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (written) => {
    const names = declaredNames(written);
    const functions = new Set(
      written.statements.filter(ts.isFunctionDeclaration).map(({ name }) => name!.text),
    );
    const file = withoutVars(written, (name) => names.get(name) === 1, functions, context);
    const place = (node: ts.Node) =>
      placeOf(source, Math.max(0, ts.getOriginalNode(node).getStart?.(written) ?? 0));
    const hoisted: ts.Statement[] = [];
    const statements: ts.Statement[] = [];
    for (const statement of file.statements) {
      if (ts.isImportDeclaration(statement)) {
        hoisted.push(...importCalls(statement, place));
      } else if (ts.isFunctionDeclaration(statement) && statement.name) {
        // If several functions have one name, the last of them counts.
        const { text } = statement.name;
        if (functionNamed(file, text) === statement) {
          hoisted.push(variableOf(statement, statement.name));
        }
      } else if (!ts.isExportDeclaration(statement) && !isAddedPrologue(statement)) {
        if (mayFail(statement)) statements.push(placeCall(statement, place));
        statements.push(asVariable(statement, names));
      }
    }
    const visit = visitor(context, place, namesUsed(written));
    const all = [...hoisted, ...statements].map((statement) =>
      ts.visitNode(statement, visit) as ts.Statement
    );
    // The value of a cell is the value of its last expression, unless a declaration comes last.
    // After the last statement TypeScript adds an empty "export {}" to a module that exports
    // nothing.
    const last = file.statements.findLast((statement) => !ts.isExportDeclaration(statement));
    if (last && isDeclaration(last)) all.push(voidStatement());
    return factory.updateSourceFile(file, all);
  };
}

/** Replaces what a cell must not contain, and adds the calls, at all depths of a statement. */
function visitor(
  context: ts.TransformationContext,
  place: (node: ts.Node) => Place,
  used: Used,
): ts.Visitor {
  let functions = 0;
  const lineOf = (node: ts.Node) => factory.createNumericLiteral(place(node).line);
  const inner: ts.Visitor = (node) => {
    if (ts.isFunctionLike(node)) functions++;
    const done = ts.visitEachChild(node, inner, context);
    if (ts.isFunctionLike(node)) functions--;
    if (ts.isIterationStatement(done, false)) {
      return withCheck(functions === 0 ? withKeptPromises(done, place) : done);
    }
    if (isImportCall(done)) return cellCall("load", done.arguments);
    if (ts.isMetaProperty(done) && done.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return factory.createPropertyAccessExpression(factory.createIdentifier(CALLS), "meta");
    }
    if (functions > 0) return done;
    if (ts.isAwaitExpression(done)) {
      const where = isWritten(node) ? placeNumbers(place(node)) : [];
      return factory.updateAwaitExpression(done, cellCall("awaited", [done.expression, ...where]));
    }
    const written = ts.getOriginalNode(node);
    if (
      ts.isExpressionStatement(done) && ts.isExpressionStatement(written) &&
      mayFloat(done.expression)
    ) {
      const call = cellCall("floating", [done.expression, lineOf(node)]);
      return ts.setTextRange(factory.updateExpressionStatement(done, call), done);
    }
    if (ts.isVariableDeclaration(done) && isUnusedCall(done, used)) {
      const { text } = done.name as ts.Identifier;
      const isRead = used.reads.has(text) ? factory.createTrue() : factory.createFalse();
      const args = [done.initializer!, factory.createStringLiteral(text), lineOf(node), isRead];
      const held = cellCall("held", args);
      return factory.updateVariableDeclaration(done, done.name, undefined, undefined, held);
    }
    return done;
  };
  return inner;
}

/**
 * Returns the call by which a cell says where it is, before a statement. Errors without a trace,
 * such as a thrown number, are reported there.
 */
function placeCall(statement: ts.Statement, place: (node: ts.Node) => Place): ts.Statement {
  const declared = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.find(({ initializer }) => initializer)
    : undefined;
  const value = declared?.initializer;
  const where = place(value && isWritten(value) ? value : statement);
  const call = cellCall("at", placeNumbers(where));
  return factory.createExpressionStatement(ts.setSourceMapRange(call, statement));
}

/** Returns the line and the column of a place as arguments of a call. */
function placeNumbers({ line, column }: Place): ts.Expression[] {
  return [factory.createNumericLiteral(line), factory.createNumericLiteral(column)];
}

/** Whether a node stands in the text of the cell. */
function isWritten(node: ts.Node): boolean {
  return ts.getOriginalNode(node).pos >= 0;
}

/**
 * Whether a call that notes the place goes before a statement at the top of a cell. The value of a
 * cell that ends with an empty block is the value of the statement before the block, and the call
 * would replace that value. A text stays first, because the text may be a directive.
 */
function mayFail(statement: ts.Statement): boolean {
  const isDirective = ts.isExpressionStatement(statement) &&
    ts.isStringLiteral(statement.expression);
  return isWritten(statement) && !isDirective && !ts.isEmptyStatement(statement) &&
    !ts.isBlock(statement) && !ts.isLabeledStatement(statement) &&
    !ts.isNotEmittedStatement(statement);
}

/** Makes the evaluating process keep what a loop `for await` waits for. */
function withKeptPromises(
  loop: ts.IterationStatement,
  place: (node: ts.Node) => Place,
): ts.IterationStatement {
  if (!ts.isForOfStatement(loop) || !loop.awaitModifier) return loop;
  const { awaitModifier, initializer, expression, statement } = loop;
  const each = cellCall("awaitedEach", [expression, ...placeNumbers(place(loop))]);
  return factory.updateForOfStatement(loop, awaitModifier, initializer, each, statement);
}

/** Adds the question whether Stop was pressed to the body of a loop. */
function withCheck<T extends ts.IterationStatement>(loop: T): ts.Statement {
  // With the place of the loop, so that traces lead there.
  const check = factory.createExpressionStatement(ts.setSourceMapRange(cellCall("stop"), loop));
  const inner = ts.isBlock(loop.statement) ? loop.statement.statements : [loop.statement];
  const body = factory.createBlock([check, ...inner], true);
  if (ts.isForStatement(loop)) {
    const { initializer, condition, incrementor } = loop;
    return factory.updateForStatement(loop, initializer, condition, incrementor, body);
  }
  if (ts.isForOfStatement(loop)) {
    const { awaitModifier, initializer, expression } = loop;
    return factory.updateForOfStatement(loop, awaitModifier, initializer, expression, body);
  }
  if (ts.isForInStatement(loop)) {
    return factory.updateForInStatement(loop, loop.initializer, loop.expression, body);
  }
  if (ts.isWhileStatement(loop)) return factory.updateWhileStatement(loop, loop.expression, body);
  const { expression } = loop as unknown as ts.DoStatement;
  return factory.updateDoStatement(loop as unknown as ts.DoStatement, body, expression);
}

/**
 * Turns a declaration at the top of a cell into `let`, which a later cell can declare again in any
 * way.
 */
function asVariable(statement: ts.Statement, names: ReadonlyMap<string, number>): ts.Statement {
  if (ts.isVariableStatement(statement)) {
    const { declarations } = statement.declarationList;
    const once = declarations.every(({ name }) =>
      boundNames(name).every((n) => names.get(n) === 1)
    );
    // V8 says that a name is declared twice.
    if (!once) return statement;
    const list = factory.createVariableDeclarationList(declarations, ts.NodeFlags.Let);
    return ts.setTextRange(
      factory.createVariableStatement(undefined, ts.setTextRange(list, statement.declarationList)),
      statement,
    );
  }
  if (ts.isClassDeclaration(statement) && statement.name) {
    return variableOf(statement, statement.name);
  }
  return statement;
}

/** Returns a function or class as the value of a variable of its name. */
function variableOf(
  statement: ts.FunctionDeclaration | ts.ClassDeclaration,
  name: ts.Identifier,
): ts.Statement {
  const modifiers = statement.modifiers?.filter(({ kind }) =>
    kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword
  );
  const value = ts.isClassDeclaration(statement)
    ? factory.createClassExpression(
      modifiers,
      name,
      undefined,
      statement.heritageClauses,
      statement.members,
    )
    : factory.createFunctionExpression(
      modifiers as ts.Modifier[] | undefined,
      statement.asteriskToken,
      name,
      undefined,
      statement.parameters,
      undefined,
      statement.body!,
    );
  const declaration = factory.createVariableDeclaration(
    name,
    undefined,
    undefined,
    ts.setOriginalNode(ts.setTextRange(value, statement), statement),
  );
  const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Let);
  return factory.createVariableStatement(undefined, list);
}

/** Returns the last function of a name that is declared at the top of a cell. */
function functionNamed(file: ts.SourceFile, name: string): ts.Statement | undefined {
  return file.statements.findLast((statement) =>
    ts.isFunctionDeclaration(statement) && statement.name?.text === name
  );
}

/**
 * How often each name is declared in a cell, outside functions and without `let` and `const` in
 * blocks.
 */
function declaredNames(file: ts.SourceFile): Map<string, number> {
  const names = file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
    }
    const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    return named && statement.name ? [statement.name.text] : varNames(statement);
  });
  return counted(names);
}

/** The identifiers of a cell. */
interface Used {
  /** How often each identifier stands in the cell, without the reads of properties. */
  readonly counts: ReadonlyMap<string, number>;
  /** The identifiers of which a property is read, such as `m` in `m.run`. */
  readonly reads: ReadonlySet<string>;
}

function namesUsed(file: ts.SourceFile): Used {
  const names: string[] = [];
  const reads = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isRead = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression);
    if (isRead && !HANDLING.has(node.name.text)) {
      reads.add(node.expression.text);
      return visit(node.name);
    }
    if (ts.isIdentifier(node)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { counts: counted(names), reads };
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/**
 * Whether a statement is a call whose promise would be lost. Somebody who writes `.then(…)` or
 * `.catch(…)` handles it.
 */
function mayFloat(expression: ts.Expression): boolean {
  if (!ts.isCallExpression(expression)) return false;
  const { expression: callee } = expression;
  if (ts.isPropertyAccessExpression(callee)) {
    return !HANDLING.has(callee.name.text) && !isCellCall(callee);
  }
  return callee.kind !== ts.SyntaxKind.ImportKeyword;
}

/**
 * Whether a variable holds the result of a call, and the cell uses the variable for nothing but the
 * properties that the promise of a value lacks.
 */
function isUnusedCall(
  { name, initializer }: ts.VariableDeclaration,
  used: Used,
): boolean {
  if (!initializer || !ts.isIdentifier(name) || used.counts.get(name.text) !== 1) {
    return false;
  }
  return mayFloat(initializer);
}

function isCellCall({ expression }: ts.PropertyAccessExpression): boolean {
  return ts.isIdentifier(expression) && expression.text === CALLS;
}

function isImportCall(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** Whether TypeScript has added `"use strict"`; cells run as V8's console runs them. */
function isAddedPrologue(statement: ts.Statement): boolean {
  return statement.pos < 0 && ts.isExpressionStatement(statement) &&
    ts.isStringLiteral(statement.expression);
}

function isDeclaration(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) || ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) || ts.isImportDeclaration(statement) ||
    ts.isNotEmittedStatement(statement);
}

function voidStatement(): ts.Statement {
  return factory.createExpressionStatement(factory.createVoidZero());
}
