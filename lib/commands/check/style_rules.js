/** The most characters of a line, as in deno.json: `deno fmt` wraps code, but no comments. */
const WIDTH = 100;

/** Lines that cannot be wrapped: addresses, and quoted lines of examples. */
const FIXED = /:\/\/|^\s*\*\s+["'`]/;

/**
 * Lint rules for the style of this repository: one declaration a statement, no literal that is
 * spread into another, and no comment that is wider than code.
 */
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
    "comment-width": {
      create(context) {
        return {
          Program() {
            const { text } = context.sourceCode;
            for (const { range } of context.sourceCode.getAllComments()) {
              const start = text.lastIndexOf("\n", range[0] - 1) + 1;
              const lines = text.slice(start, range[1]).split("\n");
              if (!lines.some((line) => line.length > WIDTH && !FIXED.test(line))) continue;
              context.report({
                range,
                message:
                  `Expected lines of at most ${WIDTH} characters in a comment but found longer ones.`,
              });
            }
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
