/** Lint rules for the style of this repository: one declaration a statement, no literal that is spread into another. */
export default {
  name: "style",
  rules: {
    "one-declaration": {
      create(context) {
        return {
          VariableDeclaration(node) {
            if (node.declarations.length < 2 || node.parent.type.startsWith("For")) return;
            context.report({
              node,
              message: "Expected one declaration a statement but found several.",
            });
          },
        };
      },
    },
    "no-literal-spread": {
      create(context) {
        return {
          SpreadElement({ argument: node }) {
            if (node.type !== "ObjectExpression" && node.type !== "ArrayExpression") return;
            context.report({
              node,
              message:
                "Expected the elements themselves but found a literal that is spread; leave the spread out.",
            });
          },
        };
      },
    },
  },
};
