import ts from "typescript";
import { cellCall } from "./calls.ts";
import type { Place } from "./source_error.ts";

const { factory } = ts;

/**
 * Returns the statements that take the place of an import: a call that loads the module and checks
 * that it has the names, and a variable for each name.
 *
 * @param statement the import, without types.
 * @param placeOf returns where a node stands in the cell.
 */
export function importCalls(
  statement: ts.ImportDeclaration,
  placeOf: (node: ts.Node) => Place,
): ts.Statement[] {
  const { importClause, moduleSpecifier, attributes } = statement;
  const names = importedNames(importClause);
  const args = [
    moduleSpecifier,
    placeLiteral(placeOf(moduleSpecifier)),
    factory.createArrayLiteralExpression(
      names.map(({ imported, local }) =>
        factory.createArrayLiteralExpression([
          factory.createStringLiteral(imported),
          placeLiteral(placeOf(local.parent ?? local)),
        ])
      ),
    ),
    ...attributes ? [attributesOf(attributes)] : [],
  ];
  const loaded = factory.createAwaitExpression(cellCall("imported", args));
  const bindings = importClause?.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) {
    const module = declared(bindings.name, loaded);
    const rest = names.map(({ imported, local }) =>
      declared(local, factory.createPropertyAccessExpression(bindings.name, imported))
    );
    return [module, ...rest];
  }
  if (names.length === 0) return [factory.createExpressionStatement(loaded)];
  const pattern = factory.createObjectBindingPattern(
    names.map(({ imported, local }) =>
      factory.createBindingElement(undefined, factory.createStringLiteral(imported), local)
    ),
  );
  return [declared(pattern, loaded)];
}

/** A name of the module and the name of its variable. */
interface ImportedName {
  imported: string;
  local: ts.Identifier;
}

function importedNames(clause: ts.ImportClause | undefined): ImportedName[] {
  const names: ImportedName[] = [];
  if (clause?.name) names.push({ imported: "default", local: clause.name });
  const bindings = clause?.namedBindings;
  if (bindings && ts.isNamedImports(bindings)) {
    for (const { propertyName, name } of bindings.elements) {
      names.push({ imported: (propertyName ?? name).text, local: name });
    }
  }
  return names;
}

/** A place as `[line, column]`. */
function placeLiteral({ line, column }: Place): ts.Expression {
  return factory.createArrayLiteralExpression(
    [line, column].map((number) => factory.createNumericLiteral(number)),
  );
}

/** `{ type: "json" }` of `with { type: "json" }`, as the options of a dynamic import. */
function attributesOf({ elements }: ts.ImportAttributes): ts.Expression {
  const properties = elements.map(({ name, value }) =>
    factory.createPropertyAssignment(factory.createStringLiteral(name.text), value)
  );
  const inner = factory.createObjectLiteralExpression(properties);
  return factory.createObjectLiteralExpression([factory.createPropertyAssignment("with", inner)]);
}

function declared(name: ts.BindingName, value: ts.Expression): ts.Statement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value);
  const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Let);
  return factory.createVariableStatement(undefined, list);
}
