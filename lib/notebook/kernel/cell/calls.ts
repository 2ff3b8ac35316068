import ts from "typescript";

const { factory } = ts;

/** The global object that cells call. */
export const CALLS = "__circuitbook";

/** Returns a call of a function that the evaluating process provides. */
export function cellCall(name: string, args: readonly ts.Expression[] = []): ts.Expression {
  const callee = factory.createPropertyAccessExpression(factory.createIdentifier(CALLS), name);
  return factory.createCallExpression(callee, undefined, args);
}
