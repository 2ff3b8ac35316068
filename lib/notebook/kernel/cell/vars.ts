/**
 * What becomes of `var` in cells. V8's console makes `var` a property of the global object, which
 * no later cell could declare again as `let`.
 */
import ts from "typescript";

const { factory } = ts;

/**
 * Returns a cell in which `let` at the top takes the place of each `var` that stands in a block or
 * a loop, or that declares a name again; the declarations become assignments. A `var` that is the
 * only declaration of its names stays.
 *
 * @param file the cell, without types.
 * @param isOnce returns whether a name is declared once outside functions.
 * @param functions the names of the functions at the top of the cell, which are declared already.
 * @param context what TypeScript gives its transformers.
 */
export function withoutVars(
  file: ts.SourceFile,
  isOnce: (name: string) => boolean,
  functions: ReadonlySet<string>,
  context: ts.TransformationContext,
): ts.SourceFile {
  const hoisted = new Set<string>();
  const assigned = (list: ts.VariableDeclarationList): ts.Expression | undefined => {
    for (const { name } of list.declarations) {
      for (const bound of boundNames(name)) hoisted.add(bound);
    }
    const assignments = list.declarations.filter(({ initializer }) => initializer)
      .map(({ name, initializer }) => factory.createAssignment(targetOf(name), initializer!));
    const [first, ...others] = assignments;
    return others.reduce<ts.Expression>((all, next) => factory.createComma(all, next), first);
  };
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return node;
    if (ts.isVariableStatement(node) && isVar(node.declarationList)) {
      const names = node.declarationList.declarations.flatMap(({ name }) => boundNames(name));
      if (file.statements.includes(node) && names.every(isOnce)) return node;
      const value = assigned(node.declarationList) ?? factory.createNumericLiteral(0);
      const statement = factory.createExpressionStatement(factory.createVoidExpression(value));
      return ts.setOriginalNode(ts.setTextRange(statement, node), node);
    }
    const done = ts.visitEachChild(node, visit, context);
    if (ts.isForStatement(done) && isVar(done.initializer)) {
      const { condition, incrementor, statement } = done;
      const start = assigned(done.initializer);
      return factory.updateForStatement(done, start, condition, incrementor, statement);
    }
    if (ts.isForOfStatement(done) && isVar(done.initializer)) {
      const { awaitModifier, expression, statement } = done;
      const target = eachTarget(done.initializer, hoisted);
      return factory.updateForOfStatement(done, awaitModifier, target, expression, statement);
    }
    if (ts.isForInStatement(done) && isVar(done.initializer)) {
      const target = eachTarget(done.initializer, hoisted);
      return factory.updateForInStatement(done, target, done.expression, done.statement);
    }
    return done;
  };
  const statements = file.statements.map((statement) => visit(statement) as ts.Statement);
  const declarations = [...hoisted].filter((name) => !functions.has(name))
    .map((name) => factory.createVariableDeclaration(name));
  const list = factory.createVariableDeclarationList(declarations, ts.NodeFlags.Let);
  const head = declarations.length > 0 ? [factory.createVariableStatement(undefined, list)] : [];
  return factory.updateSourceFile(file, [...head, ...statements]);
}

/** Returns the names that the `var` of a part of a cell declare, without those in functions. */
export function varNames(part: ts.Node): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (isVar(node)) names.push(...node.declarations.flatMap(({ name }) => boundNames(name)));
    ts.forEachChild(node, visit);
  };
  visit(part);
  return names;
}

/** Returns the names that a pattern binds. */
export function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundNames(element.name)
  );
}

/** Whether a part of a statement declares variables with `var`. */
function isVar(node: ts.Node | undefined): node is ts.VariableDeclarationList {
  return node !== undefined && ts.isVariableDeclarationList(node) &&
    (node.flags & ts.NodeFlags.BlockScoped) === 0;
}

/** Returns the target to which a loop over values assigns each value. */
function eachTarget({ declarations }: ts.VariableDeclarationList, hoisted: Set<string>) {
  const [{ name }] = declarations;
  for (const bound of boundNames(name)) hoisted.add(bound);
  return targetOf(name);
}

/** Returns a declared name or pattern as the left side of an assignment. */
function targetOf(name: ts.BindingName): ts.Expression {
  if (ts.isIdentifier(name)) return name;
  const target = ts.isArrayBindingPattern(name)
    ? factory.createArrayLiteralExpression(name.elements.map(elementOf))
    : factory.createObjectLiteralExpression(name.elements.map(propertyOf));
  return ts.setTextRange(target, name);
}

function elementOf(element: ts.ArrayBindingElement): ts.Expression {
  if (ts.isOmittedExpression(element)) return element;
  const target = withDefault(element);
  return element.dotDotDotToken ? factory.createSpreadElement(target) : target;
}

function propertyOf(element: ts.BindingElement): ts.ObjectLiteralElementLike {
  const { dotDotDotToken, propertyName, name } = element;
  if (dotDotDotToken) return factory.createSpreadAssignment(targetOf(name));
  return factory.createPropertyAssignment(
    propertyName ?? name as ts.Identifier,
    withDefault(element),
  );
}

function withDefault({ name, initializer }: ts.BindingElement): ts.Expression {
  const target = targetOf(name);
  return initializer ? factory.createAssignment(target, initializer) : target;
}
