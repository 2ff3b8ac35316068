/** What becomes of a cell before TypeScript removes the types. */
import ts from "typescript";
import { cellCall } from "./calls.ts";
import { CellSyntaxError, placeOf } from "./source_error.ts";

const { factory } = ts;

/**
 * Returns TypeScript's transformer for cells as written: what a cell cannot do is refused, and a
 * `using` at the top, which V8's console would never dispose of, is left to the evaluating process.
 *
 * @param source the text of the cell.
 * @throws CellSyntaxError if the cell exports a value, passes on the exports of a module, or uses
 * `import … = require(…)`.
 */
export function asWritten(source: string): ts.TransformerFactory<ts.SourceFile> {
  return () => (file) => {
    for (const statement of file.statements) {
      const complaint = complaintAbout(statement);
      if (complaint === undefined) continue;
      throw new CellSyntaxError(complaint, placeOf(source, statement.getStart(file)));
    }
    return factory.updateSourceFile(file, file.statements.map(withoutUsing));
  };
}

/**
 * Returns whether a cell has decorators or `accessor` fields. V8 knows neither, so that TypeScript
 * has to replace them.
 *
 * @param source the text of the cell.
 */
export function needsOlderTarget(source: string): boolean {
  if (!/@|\baccessor\b/.test(source)) return false;
  const has = (node: ts.Node): boolean =>
    ts.isDecorator(node) || node.kind === ts.SyntaxKind.AccessorKeyword ||
    (ts.forEachChild(node, has) ?? false);
  return has(ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ESNext));
}

/** Returns why a cell cannot have a statement; undefined for a statement that the cell can have. */
function complaintAbout(statement: ts.Statement): string | undefined {
  if (ts.isExportAssignment(statement)) {
    const what = statement.isExportEquals ? "export =" : "export default";
    return `Expected a cell, which exports nothing, but found "${what}"; give the value a name, as in "const value = …"`;
  }
  if (ts.isExportDeclaration(statement) && statement.moduleSpecifier && !statement.isTypeOnly) {
    const from = statement.moduleSpecifier.getText();
    return `Expected a cell, which exports nothing, but found "export … from"; write "import * as name from ${from}" to use the module`;
  }
  if (
    ts.isImportEqualsDeclaration(statement) && !statement.isTypeOnly &&
    ts.isExternalModuleReference(statement.moduleReference)
  ) {
    const [name, from] = [statement.name, statement.moduleReference.expression].map((node) =>
      node.getText()
    );
    return `Expected an import of JavaScript but found "import … = require(…)"; write "import ${name} from ${from}"`;
  }
  const isDeclared = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  if (isDeclared && !statement.name) {
    const what = ts.isClassDeclaration(statement) ? "class" : "function";
    return `Expected a cell, which exports nothing, but found "export default ${what}" without a name; give the ${what} a name`;
  }
  return undefined;
}

/**
 * Returns a statement with `using` replaced: the evaluating process disposes of the value when the
 * cell ends.
 */
function withoutUsing(statement: ts.Statement): ts.Statement {
  if (!ts.isVariableStatement(statement)) return statement;
  const { declarationList } = statement;
  const kind = declarationList.flags & ts.NodeFlags.BlockScoped;
  const isAwaited = kind === ts.NodeFlags.AwaitUsing;
  if (kind !== ts.NodeFlags.Using && !isAwaited) return statement;
  const declarations = declarationList.declarations.map((declaration) => {
    const { name, type, initializer } = declaration;
    const call = cellCall(isAwaited ? "awaitUsing" : "using", initializer ? [initializer] : []);
    const value = ts.setOriginalNode(ts.setTextRange(call, initializer), initializer);
    return factory.updateVariableDeclaration(declaration, name, undefined, type, value);
  });
  const list = factory.createVariableDeclarationList(declarations, ts.NodeFlags.Const);
  return factory.updateVariableStatement(
    statement,
    statement.modifiers,
    ts.setTextRange(list, declarationList),
  );
}
